import type { ShopConfig } from '../../config/app-config.js';
import { RULE } from './message-lines.js';
import type { MessageLocale } from './message-template.js';

export interface EmailLayout {
  readonly shop: ShopConfig;
  readonly locale: MessageLocale;
  /** Content id of an inline image of the pickup QR, shown below the text. */
  readonly qrContentId?: string;
}

const PAY_LABEL: Readonly<Record<MessageLocale, string>> = {
  fr: 'Payer ma commande',
  en: 'Pay for my order',
};
const QR_LABEL: Readonly<Record<MessageLocale, string>> = {
  fr: 'QR code de retrait',
  en: 'Pickup QR code',
};

/**
 * The text of a message as a page of HTML: the same words, nothing loaded from elsewhere, styles
 * inline because mail clients drop the others. A line that is only a web address (names cannot hold
 * one) becomes a button.
 */
export function renderEmailHtml(text: string, layout: EmailLayout): string {
  const [title = '', ...rest] = text.split('\n');
  const shopName = escapeHtml(layout.shop.name);
  return [
    '<!doctype html>',
    `<html lang="${layout.locale}">`,
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title>`,
    '</head>',
    '<body style="margin:0;padding:16px;background:#f2f4f7;color:#1d2733;font:16px/1.5 Arial,Helvetica,sans-serif">',
    '<div style="max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px">',
    `<p style="margin:0 0 8px;color:#5b6775">${shopName}</p>`,
    `<h1 style="margin:0 0 16px;font-size:20px">${escapeHtml(title)}</h1>`,
    ...paragraphs(rest, layout.locale),
    ...qrImage(layout),
    '</div>',
    '</body>',
    '</html>',
  ].join('\n');
}

/** Blank lines part paragraphs; a rule or a button stands alone. */
function paragraphs(lines: readonly string[], locale: MessageLocale): string[] {
  const blocks: string[] = [];
  let open: string[] = [];
  const close = (): void => {
    if (open.length > 0) blocks.push(`<p style="margin:0 0 12px">${open.join('<br>\n')}</p>`);
    open = [];
  };
  for (const line of lines) {
    const alone = line === '' ? '' : standalone(line, locale);
    if (alone === null) {
      open.push(escapeHtml(line).replace(/^ +/, (indent) => '&nbsp;'.repeat(indent.length)));
    } else {
      close();
      if (alone !== '') blocks.push(alone);
    }
  }
  close();
  return blocks;
}

function standalone(line: string, locale: MessageLocale): string | null {
  if (line === RULE) {
    return '<hr style="margin:16px 0;border:0;border-top:1px solid #d8dee6">';
  }
  if (!/^https?:\/\/\S+$/.test(line)) return null;
  return (
    `<p style="margin:0 0 12px"><a href="${escapeHtml(line)}" style="display:inline-block;` +
    'padding:12px 20px;border-radius:6px;background:#0b5cd6;color:#ffffff;font-weight:bold;' +
    `text-decoration:none">${PAY_LABEL[locale]}</a></p>`
  );
}

function qrImage({ qrContentId, locale }: EmailLayout): string[] {
  if (qrContentId === undefined) return [];
  const label = QR_LABEL[locale];
  return [
    `<p style="margin:16px 0;text-align:center"><img src="cid:${escapeHtml(qrContentId)}" ` +
      `alt="${label}" width="240" height="240" style="max-width:100%"></p>`,
  ];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (value: string): string =>
  value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
