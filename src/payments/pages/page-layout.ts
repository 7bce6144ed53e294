import type { ShopConfig } from '../../config/app-config.js';

/** A page for a customer: what is true of the order, and what to do next. */
export interface CustomerPage {
  readonly status: number;
  readonly title: string;
  readonly icon: string;
  /** Paragraphs, as plain text. */
  readonly lines: readonly string[];
  /** Facts shown as a small table. */
  readonly facts?: readonly (readonly [string, string])[];
  readonly action?: { readonly label: string; readonly href: string };
  readonly image?: { readonly src: string; readonly alt: string };
  /** Asks again after so many seconds, while the answer may still change. */
  readonly refreshSeconds?: number;
}

const STYLE = `
:root{color-scheme:light dark;--ink:#17212b;--soft:#5a6775;--paper:#fff;--back:#eef2f5;--line:#dde4ea;--go:#0b7a55}
@media (prefers-color-scheme:dark){:root{--ink:#eef3f7;--soft:#a9b6c2;--paper:#18222c;--back:#0f161d;--line:#2a3744;--go:#2fb583}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:20px;background:var(--back);color:var(--ink);font:17px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:440px;background:var(--paper);border:1px solid var(--line);border-radius:18px;padding:28px 24px}
.icon{font-size:44px;line-height:1}
h1{font-size:24px;line-height:1.25;margin:12px 0 8px}
p{margin:0 0 12px;color:var(--soft)}
dl{margin:18px 0;border-top:1px solid var(--line)}
dl div{display:flex;justify-content:space-between;gap:16px;padding:10px 0;border-bottom:1px solid var(--line)}
dt{color:var(--soft)}dd{margin:0;font-weight:600;text-align:right}
.qr{display:block;width:100%;max-width:280px;margin:18px auto;border-radius:12px;background:#fff}
.go{display:block;margin:20px 0 4px;padding:15px;border-radius:12px;background:var(--go);color:#fff;text-align:center;text-decoration:none;font-weight:650}
footer{margin-top:22px;font-size:14px;color:var(--soft);white-space:pre-line}
`;

export function renderPage(page: CustomerPage, shop: ShopConfig): string {
  const refresh = page.refreshSeconds
    ? `<meta http-equiv="refresh" content="${page.refreshSeconds}">`
    : '';
  return `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
${refresh}
<title>${escapeHtml(page.title)} · ${escapeHtml(shop.name)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<div class="icon" aria-hidden="true">${page.icon}</div>
<h1>${escapeHtml(page.title)}</h1>
${page.lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')}
${factsList(page.facts)}
${page.image ? `<img class="qr" src="${escapeHtml(page.image.src)}" alt="${escapeHtml(page.image.alt)}">` : ''}
${page.action ? `<a class="go" href="${escapeHtml(page.action.href)}">${escapeHtml(page.action.label)}</a>` : ''}
<footer>${escapeHtml([shop.name, shop.address, ...shop.hours].join('\n'))}</footer>
</main>
</body>
</html>
`;
}

function factsList(facts: CustomerPage['facts']): string {
  if (!facts?.length) return '';
  const rows = facts.map(
    ([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<dl>${rows.join('')}</dl>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);
