import type { MailContent } from '../providers/provider-control.js';

/** An e-mail as a mail reader shows it: its own pictures in place, links in a new tab. */
export function mailPage({ html, text, pictures }: MailContent): string {
  const shown = html ?? `<pre>${escapeHtml(text ?? '')}</pre>`;
  const page = pictures.reduce(
    (body, { contentId, contentType, base64 }) =>
      contentId && /^image\/(?:png|jpeg|gif|webp)$/.test(contentType)
        ? body.replaceAll(`cid:${contentId}`, `data:${contentType};base64,${base64}`)
        : body,
    shown,
  );
  return `<!doctype html>\n<base target="_blank">\n${page.replace(/^\s*<!doctype html>/i, '')}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
