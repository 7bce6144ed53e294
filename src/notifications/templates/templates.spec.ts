import { describe, expect, it } from 'vitest';

import {
  NOTIFICATION_KINDS,
  type MessageFacts,
  type MessageItem,
  type MessageLocale,
  type NotificationKind,
} from './message-template.js';
import { renderSubject, renderText } from './templates.js';

const NOW = new Date('2026-11-22T10:00:00Z');
const inMinutes = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);
const item = (over: Partial<MessageItem> = {}): MessageItem => ({
  brand: 'MICHELIN',
  model: 'Primacy 4 205/55R16',
  quantity: 2,
  unitAmount: 12995,
  ...over,
});
const facts = (over: Partial<MessageFacts> = {}): MessageFacts => ({
  orderNumber: 'GC-2026-000123',
  firstName: 'Aline',
  items: [item()],
  totalAmount: 25990,
  currency: 'eur',
  paymentUrl: 'https://shop.example/p/abc',
  paymentExpiresAt: inMinutes(22 * 60 + 55),
  now: NOW,
  shop: {
    name: 'GarageConnect',
    address: '[Votre adresse]\nGuadeloupe',
    hours: ['Lundi - Samedi : 8h - 18h', 'Dimanche : Fermé'],
    timeZone: 'America/Guadeloupe',
  },
  instalments: true,
  emailSentTo: 'aline@example.com',
  ...over,
});

const LOCALES: readonly MessageLocale[] = ['fr', 'en'];
const EVERY_TEXT = NOTIFICATION_KINDS.flatMap((kind) =>
  LOCALES.map((locale): [NotificationKind, MessageLocale] => [kind, locale]),
);

describe("the original's texts", () => {
  it('thanks for a payment word for word', () => {
    expect(renderText('payment_thank_you', 'fr', facts())).toBe(`🎉 MERCI POUR VOTRE COMMANDE !

✅ Paiement confirmé : 259,90 €
📋 Commande : GC-2026-000123

━━━━━━━━━━━━━━━━
📦 PROCHAINES ÉTAPES

1️⃣ Préparation : 24-48h
2️⃣ Vous recevrez un QR code de retrait ⬇️
3️⃣ Présentez-le à notre entrepôt

━━━━━━━━━━━━━━━━
📍 RETRAIT EN MAGASIN
Adresse : [Votre adresse]
Guadeloupe

⏰ HORAIRES
Lundi - Samedi : 8h - 18h
Dimanche : Fermé

━━━━━━━━━━━━━━━━
📧 Email de confirmation envoyé à :
aline@example.com

❓ Des questions ? Répondez à ce message !

Merci de votre confiance ! 🙏`);
  });

  it('reminds of a payment word for word', () => {
    const items = [
      item(),
      item({ brand: 'BOSCH', model: 'S4 005', quantity: 1, unitAmount: 9900 }),
    ];
    expect(renderText('payment_reminder', 'fr', facts({ items, totalAmount: 35890 })))
      .toBe(`⏰ FINALISEZ VOTRE COMMANDE

Bonjour Aline,

Votre commande GC-2026-000123 est en attente de paiement.

━━━━━━━━━━━━━━━━
📦 VOTRE PANIER
1. MICHELIN Primacy 4 205/55R16
   2x 129,95 €
2. BOSCH S4 005
   1x 99,00 €

━━━━━━━━━━━━━━━━
💰 Total : 358,90 €

👉 Finalisez votre paiement maintenant :
https://shop.example/p/abc

⚠️ Ce lien expire dans 22h

━━━━━━━━━━━━━━━━
💡 Pourquoi payer maintenant ?
✅ Stock réservé pour vous
✅ Retrait sous 24-48h
✅ Paiement sécurisé par Stripe
✅ Paiement en 4x sans frais disponible

Besoin d'aide ? Répondez à ce message ! 💬`);
  });

  it('tells of an expired link word for word', () => {
    expect(renderText('payment_link_expired', 'fr', facts())).toBe(`⏰ LIEN DE PAIEMENT EXPIRÉ

Le lien de paiement pour la commande GC-2026-000123 a expiré.

💡 Pas d'inquiétude !
Vous pouvez créer une nouvelle commande en me parlant.

Besoin d'aide ? Je suis là ! 💬`);
  });
});

describe('what is said only when it is true', () => {
  const BARE = { instalments: false, emailSentTo: null, paymentUrl: null, paymentExpiresAt: null };

  it('leaves out the e-mail that was not sent', () => {
    expect(renderText('payment_thank_you', 'fr', facts(BARE))).toContain(
      'Dimanche : Fermé\n\n━━━━━━━━━━━━━━━━\n❓ Des questions ? Répondez à ce message !',
    );
    expect(renderText('payment_thank_you', 'en', facts(BARE))).not.toContain('📧');
    expect(renderText('payment_thank_you', 'en', facts())).toContain(
      '📧 Confirmation e-mail sent to:\naline@example.com\n\n❓',
    );
  });

  it.each([
    ['fr', '✅ Paiement en 4x sans frais disponible'],
    ['en', '✅ Payment in 4 instalments at no extra cost'],
  ] as const)('offers payment in 4 only where it exists (%s)', (locale, line) => {
    for (const kind of ['payment_reminder', 'order_confirmation'] as const) {
      expect(renderText(kind, locale, facts())).toContain(`\n${line}\n`);
      expect(renderText(kind, locale, facts({ instalments: false }))).not.toMatch(/4x|in 4/);
    }
  });

  it.each([
    ['payment_reminder', 'fr'],
    ['payment_reminder', 'en'],
    ['order_confirmation', 'fr'],
    ['order_confirmation', 'en'],
    ['payment_failed', 'fr'],
    ['payment_failed', 'en'],
  ] as const)('says nothing of a link in a %s (%s) without one', (kind, locale) => {
    const link = '\nhttps://shop.example/p/abc\n\n⚠️';
    expect(renderText(kind, locale, facts())).toContain(link);
    const without = renderText(kind, locale, facts({ paymentUrl: null }));
    expect(without).not.toMatch(/👉|⚠️|http/);
    expect(without).not.toContain('\n\n\n');
  });

  it.each<[number, string | null]>([
    [1435, '23h'],
    [120, '2h'],
    [119, '1h'],
    [60, '1h'],
    [59, '59 min'],
    [45.9, '45 min'],
    [1, '1 min'],
    [0.5, null],
    [-5, null],
  ])('gives the time left of %d minutes as %s', (minutes, left) => {
    const text = (locale: MessageLocale): string =>
      renderText('payment_reminder', locale, facts({ paymentExpiresAt: inMinutes(minutes) }));
    if (left === null) expect(text('fr')).not.toContain('⚠️');
    else {
      expect(text('fr')).toContain(`\n⚠️ Ce lien expire dans ${left}\n\n`);
      expect(text('en')).toContain(`\n⚠️ This link expires in ${left}\n\n`);
    }
  });

  it.each([
    ['fr', 'Bonjour Client,'],
    ['en', 'Hello Customer,'],
  ] as const)('greets a customer without a name (%s)', (locale, greeting) => {
    for (const firstName of [null, '', ' \u200b ']) {
      expect(renderText('payment_reminder', locale, facts({ firstName }))).toContain(greeting);
    }
  });

  it('tells where and when to come with the pickup code', () => {
    const text = renderText('pickup_qr', 'fr', facts());
    expect(text).toContain('📍 GarageConnect\n[Votre adresse]\nGuadeloupe\n\n⏰ HORAIRES\nLundi');
    expect(text).toContain('présentez ce QR code au comptoir');
    expect(text.length).toBeLessThan(1024);
  });
});

describe('every text', () => {
  it.each(EVERY_TEXT)('of %s in %s holds the order number and no gap', (kind, locale) => {
    const text = renderText(kind, locale, facts());
    expect(text).toContain('GC-2026-000123');
    expect(text).not.toMatch(/\n\n\n|undefined|null|\[object/);
    expect(text).toBe(text.trim());
    const subject = renderSubject(kind, locale, facts());
    expect(subject).toContain('GC-2026-000123');
    expect(subject).not.toMatch(/[\r\n]/);
  });

  it.each(LOCALES)('begins with a line that no other kind begins with (%s)', (locale) => {
    const first = NOTIFICATION_KINDS.map(
      (kind) => renderText(kind, locale, facts()).split('\n')[0],
    );
    expect(new Set(first).size).toBe(NOTIFICATION_KINDS.length);
  });

  it('writes money the way of the language', () => {
    expect(renderText('payment_reminder', 'en', facts())).toContain('   2x €129.95\n');
    expect(renderText('payment_reminder', 'en', facts())).toContain('💰 Total: €259.90');
    expect(renderText('payment_thank_you', 'fr', facts({ currency: 'xpf' }))).toMatch(
      /25 990 (FCFP|XPF)/,
    );
  });
});

describe('a long cart', () => {
  const long = (count: number): MessageItem[] =>
    Array.from({ length: count }, (_, index) => item({ model: `${'Modèle '.repeat(15)}${index}` }));

  it.each([
    ['fr', /^… et (\d+) autres articles$/m],
    ['en', /^… and (\d+) more items$/m],
  ] as const)('is cut below 1600 characters, and counts what it hides (%s)', (locale, more) => {
    for (const kind of ['payment_reminder', 'order_confirmation'] as const) {
      const text = renderText(kind, locale, facts({ items: long(100) }));
      expect(text.length).toBeLessThanOrEqual(1600);
      const shown = text.match(/^\d+\. MICHELIN/gm)?.length ?? 0;
      expect(shown).toBeGreaterThan(3);
      expect(Number(more.exec(text)?.[1])).toBe(100 - shown);
      expect(text).toContain('https://shop.example/p/abc');
      expect(text).toMatch(/💬$/);
    }
  });

  it('speaks of one hidden item in the singular', () => {
    const fits = (count: number): string =>
      renderText('payment_reminder', 'fr', facts({ items: long(count) }));
    const count = [...Array(20).keys()].find((size) => fits(size).includes('… et'));
    expect(fits(count ?? 0)).toContain('\n… et 1 autre article\n');
  });

  it('never exceeds 1600 characters, whatever the shop writes of itself', () => {
    const shop = { ...facts().shop, address: '🏠'.repeat(2000) };
    const text = renderText('payment_thank_you', 'fr', facts({ shop }));
    expect(text.length).toBeLessThanOrEqual(1600);
    expect(text).not.toMatch(/\p{Cs}/u);
  });
});

describe('hostile names', () => {
  const HOSTILE =
    'Bob*\n\n👉 Payez ici :\nhttps://evil.example/{{1}} \u202e_x_ ~y~ `z`\r\nBcc: e@f.gh';

  it('stay inside their own line, with nothing to click', () => {
    const text = renderText(
      'payment_reminder',
      'fr',
      facts({ firstName: HOSTILE, items: [item({ brand: HOSTILE, model: HOSTILE })] }),
    );
    expect(text.split('\n')).toHaveLength(
      renderText('payment_reminder', 'fr', facts()).split('\n').length,
    );
    expect(text.match(/:\/\//g)).toHaveLength(1);
    expect(text).not.toMatch(/evil\.example|[*_~`{}\u202e\r]/);
    expect(text).toContain('Bonjour Bob');
  });

  it('cannot put another address where the e-mail was sent', () => {
    const emailSentTo = 'a@b.example\nhttps://evil.example';
    expect(renderText('payment_thank_you', 'fr', facts({ emailSentTo }))).not.toContain('📧');
  });
});
