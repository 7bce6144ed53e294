import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser named by CHROMIUM_PATH, else one that the system has; null when there is none. */
export function findBrowser(): string | null {
  const named = process.env['CHROMIUM_PATH'];
  return [...(named ? [named] : PLACES)].find((path) => existsSync(path)) ?? null;
}

/** One line, for a run without these tests: a skip that nobody sees is taken for a success. */
export function sayWhySkipped(what: string): void {
  const named = process.env['CHROMIUM_PATH'];
  const reason = named ? 'CHROMIUM_PATH names no file' : 'no Chromium is installed';
  process.stderr.write(`Skipped: ${what}: ${reason}. Set CHROMIUM_PATH to a Chromium or Chrome.\n`);
}

export const launchBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: FLAGS });

/** A window whose complaints are kept: errors of scripts, refused resources, broken policies. */
export class Window {
  readonly complaints: string[] = [];

  private constructor(readonly context: BrowserContext) {
    context.on('page', (page) => {
      page.on('pageerror', ({ message }) => this.complaints.push(message));
      page.on('console', (said) => {
        if (said.type() === 'error') this.complaints.push(said.text());
      });
    });
  }

  static async open(
    browser: Browser,
    size: { readonly width: number; readonly height: number },
  ): Promise<Window> {
    const isPhone = size.width < 600;
    const context = await browser.newContext({
      viewport: size,
      isMobile: isPhone,
      hasTouch: isPhone,
      serviceWorkers: 'block',
    });
    context.setDefaultTimeout(15_000);
    return new Window(context);
  }

  async visit(url: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url);
    return page;
  }

  /** The tab that an action opens. */
  async tabOf(action: () => Promise<unknown>): Promise<Page> {
    const [page] = await Promise.all([this.context.waitForEvent('page'), action()]);
    await page.waitForLoadState();
    return page;
  }
}
