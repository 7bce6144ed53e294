import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser, launchBrowser, sayWhySkipped, Window } from './support/browser.js';
import { readQrCode } from './support/qr-code.js';
import { SandboxShop } from './support/sandbox-shop.js';

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const GOOD = '4242 4242 4242 4242';
const DECLINED = '4000 0000 0000 0002';
const ASKS_BANK = '4000 0025 0000 3155';

/** As much of a picture in the page as is asked here; the project has no types of the DOM. */
interface Picture {
  readonly naturalWidth: number;
  readonly decode: () => Promise<void>;
}

const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

const executable = findBrowser();
if (executable === null) sayWhySkipped('the sandbox in a browser');

describe.skipIf(executable === null)('the sandbox in a browser', { timeout: 60_000 }, () => {
  let shop: SandboxShop;
  let browser: Browser;
  const windows: Window[] = [];

  beforeAll(async () => {
    [shop, browser] = await Promise.all([SandboxShop.start(), launchBrowser(executable!)]);
  });
  afterEach(async () => {
    const closing = windows.splice(0);
    await Promise.all(closing.map(({ context }) => context.close()));
    const complaints = closing.flatMap((window) => window.complaints);
    if (complaints.length > 0) throw new Error(`The pages complained: ${complaints.join('; ')}`);
  });
  afterAll(async () => {
    await browser.close();
    await shop.remove();
  });

  const url = (path: string): string => `${shop.config.http.appUrl}${path}`;
  const open = async (size: typeof DESK): Promise<Window> => {
    windows.push(await Window.open(browser, size));
    return windows.at(-1)!;
  };
  /** Places the order that the form is filled with; answers its number. */
  const place = async (page: Page): Promise<string> => {
    const [answer] = await Promise.all([
      page.waitForResponse((one) => one.url().endsWith('/api/orders') && one.status() === 201),
      page.getByTestId('place-order').click(),
    ]);
    const { orderNumber } = (await answer.json()) as { orderNumber: string };
    await cardOf(page, orderNumber).waitFor();
    return orderNumber;
  };
  const cardOf = (page: Page, orderNumber: string) =>
    page.getByTestId('order').filter({ hasText: orderNumber });
  const status = async (page: Page, orderNumber: string, expected: string): Promise<void> =>
    cardOf(page, orderNumber).locator(`[data-status="${expected}"]`).waitFor();
  const messageWith = (page: Page, ...words: string[]) =>
    words.reduce(
      (messages, word) => messages.filter({ hasText: word }),
      page.getByTestId('message'),
    );
  const payWith = async (checkout: Page, number: string): Promise<void> => {
    await checkout.getByTestId('card-number').fill(number);
    await checkout.getByTestId('pay').click();
  };

  it('takes an order from the form to the counter', async () => {
    const desk = await open(DESK);
    const page = await desk.visit(url('/sandbox'));
    const orderNumber = await place(page);
    await messageWith(page, 'COMMANDE ENREGISTRÉE', orderNumber).waitFor();

    // The link on the phone, as the customer has it.
    const link = messageWith(page, orderNumber).getByTestId('link');
    const checkout = await desk.tabOf(() => link.click());
    expect(await checkout.getByTestId('total').innerText()).toContain('259,90');
    await payWith(checkout, GOOD);
    await checkout.waitForURL(/\/payment\/success\?session_id=cs_test_/);
    expect(await checkout.locator('h1').innerText()).toBe('Paiement confirmé');
    await checkout.locator('img.qr').waitFor();
    await checkout.close();

    const phone = await open(PHONE);
    const screen = await phone.visit(url('/sandbox/phone'));
    await messageWith(screen, 'MERCI POUR VOTRE COMMANDE', orderNumber).waitFor();
    const code = messageWith(screen, 'QR CODE DE RETRAIT', orderNumber).getByTestId('qr');
    await code.waitFor();
    await code.scrollIntoViewIfNeeded();
    await code.evaluate((image: Picture) => image.decode());
    const token = readQrCode(await code.screenshot());
    const redeem = () => shop.as('counter').post('/api/pickups').send({ token });
    expect((await redeem()).status).toBe(200);
    expect((await redeem()).status).toBe(409);
    await status(page, orderNumber, 'picked_up');
  });

  it('takes no order before the catalogue is there', async () => {
    const window = await open(DESK);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await window.context.route('**/sandbox/state*', async (route) => {
      await held;
      await route.continue();
    });
    const page = await window.visit(url('/sandbox'));
    const button = page.getByTestId('place-order');
    expect(await button.isDisabled()).toBe(true);
    release();
    await page.getByText('Place order ·').waitFor();
    expect(await button.isEnabled()).toBe(true);
  });

  it('keeps the link open after a declined card', async () => {
    const desk = await open(DESK);
    const page = await desk.visit(url('/sandbox'));
    const orderNumber = await place(page);
    const checkout = await desk.tabOf(() => cardOf(page, orderNumber).getByTestId('pay').click());
    await payWith(checkout, DECLINED);
    await checkout.getByTestId('error').waitFor();
    expect(await checkout.getByTestId('error').innerText()).toMatch(/refusée/);
    await status(page, orderNumber, 'pending');
    await payWith(checkout, GOOD);
    await checkout.waitForURL(/\/payment\/success/);
    await checkout.close();
    await status(page, orderNumber, 'confirmed');
  });

  it('waits for the bank with 3-D Secure', async () => {
    const desk = await open(DESK);
    const page = await desk.visit(url('/sandbox'));
    const orderNumber = await place(page);
    const checkout = await desk.tabOf(() => cardOf(page, orderNumber).getByTestId('pay').click());
    await payWith(checkout, ASKS_BANK);
    await checkout.getByTestId('refuse').click();
    await checkout.getByTestId('error').waitFor();
    await status(page, orderNumber, 'pending');
    await payWith(checkout, ASKS_BANK);
    await checkout.getByTestId('approve').click();
    await checkout.waitForURL(/\/payment\/success/);
    await checkout.close();
    await status(page, orderNumber, 'confirmed');
  });

  it('hands over with one press, and shows the receipt in its own frame', async () => {
    const desk = await open(DESK);
    const page = await desk.visit(url('/sandbox'));
    const orderNumber = await place(page);
    const checkout = await desk.tabOf(() => cardOf(page, orderNumber).getByTestId('pay').click());
    await payWith(checkout, GOOD);
    await checkout.waitForURL(/\/payment\/success/);
    await checkout.close();
    await messageWith(page, 'QR CODE DE RETRAIT', orderNumber).getByTestId('scan').click();
    await status(page, orderNumber, 'picked_up');

    await page.getByTestId('tab-email').click();
    await page
      .getByTestId('mail')
      .filter({ hasText: `Merci pour votre commande ${orderNumber}` })
      .click();
    const letter = page.frameLocator('[data-testid="mail-body"]');
    expect(await letter.locator('h1').innerText()).toContain('MERCI POUR VOTRE COMMANDE');
    const code = letter.getByAltText('QR code de retrait');
    expect(await code.evaluate((image: Picture) => image.naturalWidth)).toBe(480);
  });

  it('disputes a payment, has the bank decide, and gives the money back', async () => {
    const desk = await open(DESK);
    const page = await desk.visit(url('/sandbox'));
    const orderNumber = await place(page);
    const card = cardOf(page, orderNumber);
    const checkout = await desk.tabOf(() => card.getByTestId('pay').click());
    await payWith(checkout, GOOD);
    await checkout.waitForURL(/\/payment\/success/);
    await checkout.close();
    await card.getByTestId('dispute').click();
    await messageWith(page, 'PAIEMENT CONTESTÉ', orderNumber).waitFor();
    await card.getByText('disputed').waitFor();
    await card.getByTestId('dispute-won').click();
    await card.getByTestId('refund').click();
    await card.locator('[data-payment-status="refunded"]').waitFor();
    await messageWith(page, 'REMBOURSEMENT DE', orderNumber).waitFor();
    expect(await card.getByTestId('refund').count()).toBe(0);
  });

  it('lets time pass on a phone: reminder, then the end of the link', async () => {
    const phone = await open(PHONE);
    const page = await phone.visit(url('/sandbox'));
    await page.getByTestId('field-phoneNumber').fill('0696 45 67 89');
    await page.getByTestId('field-locale').selectOption('en');
    await page.getByTestId('place-order').tap();
    // A small screen turns to the phone, where the next step is.
    await messageWith(page, 'ORDER PLACED').waitFor();
    expect(await page.locator('body').getAttribute('data-view')).toBe('phone');
    await page.getByTestId('tab-orders').tap();
    const orderNumber = String(await page.getByTestId('order-number').first().textContent());
    await cardOf(page, orderNumber).getByTestId('age').tap();
    await cardOf(page, orderNumber).getByTestId('reminded').waitFor();
    await cardOf(page, orderNumber).getByTestId('expire').tap();
    await status(page, orderNumber, 'cancelled');
    await page.getByTestId('tab-phone').tap();
    await messageWith(page, 'COMPLETE YOUR ORDER').waitFor();
    await messageWith(page, 'EXPIRED').waitFor();
  });

  it('says why an order is refused', async () => {
    const desk = await open(DESK);
    const page = await desk.visit(url('/sandbox'));
    await page.getByTestId('field-phoneNumber').fill('12');
    await page.getByTestId('place-order').click();
    await page.getByTestId('toast').waitFor();
    expect(await page.getByTestId('toast').innerText()).toContain('customer.phoneNumber');
    // The browser itself reports the 400 that was asked for.
    expect(desk.complaints.splice(0)).toEqual([expect.stringContaining('400')]);
  });

  it.each([320, 390, 768, 1280])('fits a screen of %i pixels', async (width) => {
    const window = await open({ width, height: 800 });
    for (const path of ['/sandbox', '/sandbox/phone']) {
      const page = await window.visit(url(path));
      await page.getByTestId('message').first().waitFor({ state: 'attached' });
      expect(await page.evaluate(OVERFLOW)).toBeLessThanOrEqual(0);
    }
  });
});
