import { describe, expect, it } from 'vitest';

import type { ShopConfig } from '../../config/app-config.js';
import { renderEmailHtml } from './email-layout.js';

const shop: ShopConfig = {
  name: 'Garage <Connect> & "fils"',
  address: '',
  hours: [],
  timeZone: 'America/Guadeloupe',
};
const layout = { shop, locale: 'fr' } as const;
const TEXT = [
  '⏰ FINALISEZ',
  '',
  'Bonjour d\'Aline <script>alert(1)</script> & "co",',
  '━━━━━━━━━━━━━━━━',
  '1. MICHELIN',
  '   2x 129,95 €',
  '',
  '👉 Payez :',
  'https://shop.example/p/abc?a=1&b="2"',
  '',
  'Merci 🙏',
].join('\n');

describe('renderEmailHtml', () => {
  it('escapes every word', () => {
    const html = renderEmailHtml(TEXT, layout);
    expect(html).not.toContain('<script');
    expect(html).toContain(
      'Bonjour d&#39;Aline &lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;co&quot;,',
    );
    expect(html).toContain('Garage &lt;Connect&gt; &amp; &quot;fils&quot;');
  });

  it('keeps the lines, the rule and the indent', () => {
    const html = renderEmailHtml(TEXT, layout);
    expect(html).toContain('<h1 style="margin:0 0 16px;font-size:20px">⏰ FINALISEZ</h1>');
    expect(html).toMatch(/co&quot;,<\/p>\n<hr [^>]+>\n<p [^>]+>1\. MICHELIN<br>/);
    expect(html).toContain('<br>\n&nbsp;&nbsp;&nbsp;2x 129,95 €</p>');
    expect(html).toMatch(/<p [^>]+>Merci 🙏<\/p>/);
  });

  it.each([
    ['fr', 'Payer ma commande'],
    ['en', 'Pay for my order'],
  ] as const)('makes the payment link a button (%s)', (locale, label) => {
    const html = renderEmailHtml(TEXT, { shop, locale });
    expect(html).toContain(`<html lang="${locale}">`);
    expect(html).toContain('<a href="https://shop.example/p/abc?a=1&amp;b=&quot;2&quot;" ');
    expect(html).toContain(`>${label}</a>`);
  });

  it('makes no link of anything else', () => {
    const html = renderEmailHtml('x\njavascript:alert(1)\nsee https://a.example now', layout);
    expect(html).not.toContain('<a ');
  });

  it('shows the QR by its content id, only when there is one', () => {
    expect(renderEmailHtml(TEXT, layout)).not.toContain('<img');
    const html = renderEmailHtml(TEXT, { ...layout, qrContentId: 'qr"1' });
    expect(html).toContain('<img src="cid:qr&quot;1" alt="QR code de retrait"');
  });

  it('loads nothing from elsewhere', () => {
    const html = renderEmailHtml('Merci', { ...layout, qrContentId: 'qr' });
    expect(html).not.toMatch(/https?:|<link|<script|url\(|@import/);
  });
});
