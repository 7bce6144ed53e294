import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payOrder, placeOrder } from './support/factories.js';
import { titlesTo, whatsappTo } from './support/outbox.js';
import { tickReminders, waitingOrder } from './support/reminders.js';
import { TestApp } from './support/test-app.js';

const SHOP = {
  SHOP_NAME: 'Garage du Port',
  SHOP_ADDRESS: '12 quai Lardenoy, 97110 Pointe-à-Pitre',
  SHOP_HOURS: 'Lundi - Vendredi : 7h30 - 17h|Samedi : 8h - 12h',
};

let app: TestApp;
let withAlma: TestApp;

beforeAll(async () => {
  app = await TestApp.start({ env: SHOP });
  withAlma = await TestApp.start({
    env: { ...SHOP, STRIPE_PAYMENT_METHODS: 'card,alma' },
    beside: app,
  });
});
afterAll(async () => {
  await withAlma.stop();
  await app.stop();
});

const lastBody = (order: Parameters<typeof whatsappTo>[1]): string | undefined =>
  whatsappTo(app, order).at(-1)?.body;

describe('the messages of a paid order', () => {
  it('thank the customer in French, word for word, then send the QR code', async () => {
    const order = await placeOrder(app);
    await payOrder(app, order);
    await app.drain();

    const [thanks, qr, ...more] = whatsappTo(app, order);
    expect(more).toEqual([]);
    expect(thanks?.from).toBe(app.config.twilio.whatsappFrom);
    expect(thanks?.mediaUrls).toEqual([]);
    expect(thanks?.body).toBe(`🎉 MERCI POUR VOTRE COMMANDE !

✅ Paiement confirmé : 259,90 €
📋 Commande : ${order.orderNumber}

━━━━━━━━━━━━━━━━
📦 PROCHAINES ÉTAPES

1️⃣ Préparation : 24-48h
2️⃣ Vous recevrez un QR code de retrait ⬇️
3️⃣ Présentez-le à notre entrepôt

━━━━━━━━━━━━━━━━
📍 RETRAIT EN MAGASIN
Adresse : 12 quai Lardenoy, 97110 Pointe-à-Pitre

⏰ HORAIRES
Lundi - Vendredi : 7h30 - 17h
Samedi : 8h - 12h

━━━━━━━━━━━━━━━━
❓ Des questions ? Répondez à ce message !

Merci de votre confiance ! 🙏`);
    expect(qr?.body).toBe(`📱 VOTRE QR CODE DE RETRAIT

Commande : ${order.orderNumber}
Prête sous 24-48h : présentez ce QR code au comptoir pour la retirer.

━━━━━━━━━━━━━━━━
📍 Garage du Port
12 quai Lardenoy, 97110 Pointe-à-Pitre

⏰ HORAIRES
Lundi - Vendredi : 7h30 - 17h
Samedi : 8h - 12h

Ne le partagez pas : il ne sert qu'une fois. À bientôt ! 👋`);
  });

  it('speak English to a customer who does', async () => {
    const order = await placeOrder(app, { customer: { locale: 'en' } });
    await payOrder(app, order);
    await app.drain();

    expect(titlesTo(app, order)).toEqual([
      '🎉 THANK YOU FOR YOUR ORDER!',
      '📱 YOUR PICKUP QR CODE',
    ]);
    expect(whatsappTo(app, order)[0]?.body).toContain('✅ Payment confirmed: €259.90\n');
  });
});

describe('the messages of an order that is not paid', () => {
  it('confirm it with its link', async () => {
    const order = await placeOrder(app);
    await app.drain();

    expect(lastBody(order)).toBe(`🛒 COMMANDE ENREGISTRÉE

Bonjour Aline,

Votre commande ${order.orderNumber} est bien enregistrée chez Garage du Port.

━━━━━━━━━━━━━━━━
📦 VOTRE COMMANDE
1. Michelin Primacy 4 205/55 R16 91V
   2x 129,95 €

━━━━━━━━━━━━━━━━
💰 Total : 259,90 €

👉 Payez en ligne ici :
${order.paymentUrl}

⚠️ Ce lien expire dans 23h
✅ Paiement sécurisé par Stripe

Retrait sous 24-48h une fois le paiement confirmé.

Besoin d'aide ? Répondez à ce message ! 💬`);
  });

  it('remind in French, word for word, with the time left until the session really ends', async () => {
    // 90 of the link's 1435 minutes are over: 22h25 are left, not the 23 hours that 24 - 1 would give.
    const order = await waitingOrder(app, 90);
    await tickReminders(app);
    await app.drain();

    expect(lastBody(order)).toBe(`⏰ FINALISEZ VOTRE COMMANDE

Bonjour Aline,

Votre commande ${order.orderNumber} est en attente de paiement.

━━━━━━━━━━━━━━━━
📦 VOTRE PANIER
1. Michelin Primacy 4 205/55 R16 91V
   2x 129,95 €

━━━━━━━━━━━━━━━━
💰 Total : 259,90 €

👉 Finalisez votre paiement maintenant :
${order.paymentUrl}

⚠️ Ce lien expire dans 22h

━━━━━━━━━━━━━━━━
💡 Pourquoi payer maintenant ?
✅ Stock réservé pour vous
✅ Retrait sous 24-48h
✅ Paiement sécurisé par Stripe

Besoin d'aide ? Répondez à ce message ! 💬`);
  });

  it('count the time left when they leave, not when they were decided', async () => {
    const order = await waitingOrder(app, 90);
    await tickReminders(app);
    await app.sql(
      `UPDATE notifications SET params = jsonb_set(params, '{paymentExpiresAt}',
              to_jsonb(now() + interval '41 minutes 30 seconds'))
        WHERE order_id = $1 AND status = 'queued'`,
      [order.id],
    );
    await app.drain();

    expect(lastBody(order)).toContain('\n⚠️ Ce lien expire dans 41 min\n');
  });

  it('call a customer without a first name "Client"', async () => {
    const order = await waitingOrder(app, 90, { customer: { firstName: undefined } });
    await tickReminders(app);
    await app.drain();

    expect(lastBody(order)).toContain('\nBonjour Client,\n');
  });

  it('remind in English a customer who speaks it', async () => {
    const order = await waitingOrder(app, 90, { customer: { locale: 'en' } });
    await tickReminders(app);
    await app.drain();

    const text = lastBody(order) ?? '';
    expect(text).toMatch(/^⏰ COMPLETE YOUR ORDER\n\nHello Aline,\n/);
    expect(text).toContain('\n💰 Total: €259.90\n');
    expect(text).toContain('\n⚠️ This link expires in 22h\n');
  });

  it('offer payment in 4 only where Stripe is asked to offer it', async () => {
    const order = await waitingOrder(app, 90);
    await tickReminders(withAlma);
    await withAlma.drain();
    const other = await waitingOrder(app, 90);
    await tickReminders(app);
    await app.drain();

    const offer = '✅ Paiement sécurisé par Stripe\n✅ Paiement en 4x sans frais disponible\n';
    expect(lastBody(order)).toContain(offer);
    expect(lastBody(other)).not.toContain('4x');
  });

  it('tell that the link has expired, word for word', async () => {
    const order = await placeOrder(app);
    await app.drain();
    app.doubles.stripe.expire(order.stripeSessionId!);
    await app.doubles.stripe.deliverPending();
    await app.drain();

    expect(lastBody(order)).toBe(`⏰ LIEN DE PAIEMENT EXPIRÉ

Le lien de paiement pour la commande ${order.orderNumber} a expiré.

💡 Pas d'inquiétude !
Vous pouvez créer une nouvelle commande en me parlant.

Besoin d'aide ? Je suis là ! 💬`);
  });

  it('tell in English that the link has expired', async () => {
    const order = await placeOrder(app, { customer: { locale: 'en' } });
    await app.drain();
    app.doubles.stripe.expire(order.stripeSessionId!);
    await app.doubles.stripe.deliverPending();
    await app.drain();

    expect(titlesTo(app, order)).toEqual(['🛒 ORDER PLACED', '⏰ PAYMENT LINK EXPIRED']);
  });
});

describe('the log of messages', () => {
  it('keeps the words of the shop and nothing of the customer', async () => {
    const order = await placeOrder(app, { customer: { email: 'secret.aline@example.com' } });
    await payOrder(app, order);
    await app.drain();

    const last = order.customer.phoneNumber.slice(-2);
    // Nest's logger is one for the whole process: the lines are with the application started last.
    const logs = [...app.logs, ...withAlma.logs];
    const lines = logs.map(({ msg }) => msg);
    expect(lines).toContain(`Checkout session completed for order ${order.orderNumber}`);
    expect(lines).toContain(`Thank you message sent to +590 ••• ${last}`);
    const log = JSON.stringify(logs);
    const { phoneNumber, firstName, lastName } = order.customer;
    for (const secret of [phoneNumber.slice(4), firstName!, lastName!, 'secret.aline', 'GQ1.']) {
      expect(log).not.toContain(secret);
    }
  });
});
