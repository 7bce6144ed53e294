import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProduct, orderBody, payOrder, placeOrder } from './support/factories.js';
import { pickupTokenOf } from './support/pickup-codes.js';
import { readQrCode } from './support/qr-code.js';
import { aboutSession, deliver, sessionEvent } from './support/stripe-events.js';
import { APP_URL, TestApp } from './support/test-app.js';

const titleOf = (html: string): string => /<h1>(.*?)<\/h1>/.exec(html)?.[1] ?? '';
const CUSTOMER = {
  firstName: 'Aline-Canari',
  lastName: 'Moreau-Canari',
  email: 'aline@canari.example',
};

describe('the pages a customer comes back to from Stripe', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  const placed = async () => {
    const order = await placeOrder(app, { customer: CUSTOMER });
    return { order, id: order.id, sessionId: order.stripeSessionId! };
  };
  const page = async (path: string, status = 200) => {
    const answer = await app.http.get(path).expect(status);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('private, no-store');
    return answer.text;
  };
  const success = (sessionId: string) => page(`/payment/success?session_id=${sessionId}`);
  const cancel = (id: string) => page(`/payment/cancel?order_id=${id}`);
  const refreshes = (html: string) => html.includes('http-equiv="refresh"');

  it('are the ones that Stripe was told, and show the order and its total', async () => {
    const { order, sessionId } = await placed();
    const { success_url: successUrl, cancel_url: cancelUrl } =
      app.doubles.stripe.session(sessionId);
    const back = successUrl!.replace('{CHECKOUT_SESSION_ID}', sessionId);
    for (const url of [back, cancelUrl!]) {
      expect(url.startsWith(`${APP_URL}/payment/`)).toBe(true);
      const html = await page(url.slice(APP_URL.length));
      expect(html).toContain('<html lang="fr">');
      expect(html).toContain('name="viewport" content="width=device-width');
      expect(html).toContain(order.orderNumber);
      expect(html).toContain('259,90 €');
    }
  });

  it('before the payment is known: waits by itself on success, offers the link on cancel', async () => {
    const { order, id, sessionId } = await placed();
    const waiting = await success(sessionId);
    expect(titleOf(waiting)).toBe('Confirmation en cours');
    expect(refreshes(waiting)).toBe(true);
    const left = await cancel(id);
    expect(titleOf(left)).toBe('Paiement non terminé');
    expect(left).toContain(`href="${order.paymentUrl}"`);
    expect(refreshes(left)).toBe(false);
  });

  it('after a declined card: the link is still offered', async () => {
    const { order, id, sessionId } = await placed();
    app.doubles.stripe.pay(sessionId, '4000000000000002');
    await app.doubles.stripe.deliverPending();
    expect(await cancel(id)).toContain(`href="${order.paymentUrl}"`);
  });

  it('while Stripe has given no link yet: says that one is being made', async () => {
    await app.doubles.stripe.down();
    const body = await orderBody(app);
    const { body: order } = await app.as('shop').post('/api/orders').send(body).expect(202);
    await app.doubles.stripe.up();
    const html = await cancel(order.id);
    expect(titleOf(html)).toBe('Votre lien se prépare');
    expect(html).not.toContain('class="go"');
    expect(refreshes(html)).toBe(true);
  });

  it('once the link is over, before its event has come: says so, and asks for no second payment', async () => {
    const { id } = await placed();
    await app.age(id, 24 * 60);
    const html = await cancel(id);
    expect(titleOf(html)).toBe('Ce lien n’est plus ouvert');
    expect(html).not.toContain('class="go"');
  });

  it('while a bank transfers the money: both say so, and offer no second payment', async () => {
    const { id, sessionId } = await placed();
    app.doubles.stripe.pay(sessionId, 'sepa');
    await app.doubles.stripe.deliverPending();
    for (const html of [await success(sessionId), await cancel(id)]) {
      expect(titleOf(html)).toBe('Paiement en cours de traitement');
      expect(html).not.toContain('class="go"');
    }
  });

  it('once that money did not come: none waits for it any more', async () => {
    const { id, sessionId } = await placed();
    app.doubles.stripe.pay(sessionId, 'sepa');
    await app.doubles.stripe.deliverPending();
    app.doubles.stripe.settleDelayed(sessionId, 'failed');
    await app.doubles.stripe.deliverPending();
    for (const html of [await success(sessionId), await cancel(id)]) {
      expect(titleOf(html)).toBe('Votre lien se prépare');
    }
    await app.tickCheckout();
    const { body: order } = await app.as('shop').get(`/api/orders/${id}`).expect(200);
    for (const html of [await success(sessionId), await cancel(id)]) {
      expect(titleOf(html)).toBe('Paiement non terminé');
      expect(html).toContain(`href="${order.paymentUrl}"`);
    }
  });

  it('paid: thanks and a QR that loads and can be redeemed; the address with the order’s id shows no QR', async () => {
    const { order, id, sessionId } = await placed();
    await payOrder(app, order);
    const html = await success(sessionId);
    expect(titleOf(html)).toBe('Paiement confirmé');
    expect(refreshes(html)).toBe(false);
    const source = /<img class="qr" src="([^"]+)"/.exec(html)![1]!;
    expect(source.startsWith(`${APP_URL}/q/`)).toBe(true);
    const image = await app.http
      .get(source.slice(APP_URL.length))
      .buffer(true)
      .expect(200)
      .expect('content-type', 'image/png');
    expect(readQrCode(image.body as Buffer)).toBe(await pickupTokenOf(app, id));

    const left = await cancel(id);
    expect(titleOf(left)).toBe('Paiement confirmé');
    expect(left).not.toContain('<img');
    expect(left).not.toContain('class="go"');
  });

  it('refunded in part: still confirmed, with its QR', async () => {
    const { order, sessionId } = await placed();
    await payOrder(app, order);
    app.doubles.stripe.refund(app.doubles.stripe.paymentIntentOf(sessionId).id, 100);
    await app.doubles.stripe.deliverPending();
    const html = await success(sessionId);
    expect(titleOf(html)).toBe('Paiement confirmé');
    expect(html).toContain('<img class="qr"');
  });

  it('refunded: both say so, without a QR', async () => {
    const { order, id, sessionId } = await placed();
    await payOrder(app, order);
    app.doubles.stripe.refund(app.doubles.stripe.paymentIntentOf(sessionId).id);
    await app.doubles.stripe.deliverPending();
    for (const html of [await success(sessionId), await cancel(id)]) {
      expect(titleOf(html)).toBe('Commande remboursée');
      expect(html).not.toContain('<img');
    }
  });

  it('collected: both say so, without a QR', async () => {
    const { order, id, sessionId } = await placed();
    await payOrder(app, order);
    const token = await pickupTokenOf(app, id);
    await app.as('counter').post('/api/pickups').send({ token }).expect(200);
    for (const html of [await success(sessionId), await cancel(id)]) {
      expect(titleOf(html)).toBe('Commande retirée');
      expect(html).not.toContain('<img');
    }
  });

  it.each(['expired', 'cancelled by the shop', 'paid after its end'] as const)(
    '%s: both say that it is cancelled, and offer no way to pay',
    async (how) => {
      const { sku } = await createProduct(app, { stock: 1 });
      const order = await placeOrder(app, { items: [{ sku, quantity: 1 }] });
      const sessionId = order.stripeSessionId!;
      if (how === 'cancelled by the shop') {
        await app.as('admin').post(`/api/orders/${order.id}/cancel`).send({}).expect(200);
      } else {
        const status = { status: 'expired' } as const;
        await deliver(app, aboutSession(app, 'checkout.session.expired', sessionId, status));
      }
      if (how === 'paid after its end') {
        await placeOrder(app, { items: [{ sku, quantity: 1 }] });
        app.doubles.stripe.pay(sessionId);
        await deliver(app, sessionEvent(app, 'checkout.session.completed', sessionId));
      }
      for (const html of [await success(sessionId), await cancel(order.id)]) {
        expect(titleOf(html)).toBe('Commande annulée');
        expect(html).not.toContain('class="go"');
        expect(html).not.toContain('<img');
      }
    },
  );

  it('show nothing personal, in any state', async () => {
    const { order, id, sessionId } = await placed();
    const shown = [await success(sessionId), await cancel(id)];
    await payOrder(app, order);
    shown.push(await success(sessionId), await cancel(id));
    const { phoneNumber } = order.customer;
    for (const html of shown) {
      for (const canary of [...Object.values(CUSTOMER), phoneNumber, phoneNumber.slice(4), id]) {
        // The link to Stripe and the image carry ids of their own, never the order's or a person's.
        expect(html).not.toContain(canary);
      }
    }
  });

  it('may be framed by nobody, load nothing foreign and tell no other site where the customer was', async () => {
    const { sessionId } = await placed();
    const { headers } = await app.http.get(`/payment/success?session_id=${sessionId}`);
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).toContain("img-src 'self'");
  });

  describe('for an address that names no order', () => {
    const UNKNOWN = [
      '/payment/success',
      '/payment/success?session_id=',
      '/payment/success?session_id=cs_test_a1unknown',
      '/payment/success?session_id={CHECKOUT_SESSION_ID}',
      '/payment/success?session_id=%3Cscript%3Ealert(1)%3C/script%3E',
      '/payment/success?session_id=cs_test_%22onload=alert(1)',
      "/payment/success?session_id=cs_' OR '1'='1",
      '/payment/success?session_id=cs_%00',
      '/payment/success?session_id=a&session_id=b',
      '/payment/success?session_id[]=cs_test_1',
      '/payment/success?session_id[$ne]=x',
      `/payment/success?session_id=cs_${'x'.repeat(5_000)}`,
      '/payment/success?order_id=x&success=true&paid=1',
      '/payment/cancel',
      '/payment/cancel?order_id=',
      '/payment/cancel?order_id=1',
      '/payment/cancel?order_id=00000000-0000-0000-0000-000000000000',
      '/payment/cancel?order_id=%3Cimg%20src=x%20onerror=alert(1)%3E',
      "/payment/cancel?order_id=1' OR 1=1 --",
      '/payment/cancel?order_id=a&order_id=b',
      '/payment/cancel?order_id=%F0%9F%9B%9E',
    ];

    it('show one and the same page, 404', async () => {
      const pages = new Set<string>();
      for (const path of UNKNOWN) pages.add(await page(encodeURI(decodeURI(path)), 404));
      expect(pages.size).toBe(1);
      const [html] = [...pages];
      expect(titleOf(html!)).toBe('Commande introuvable');
      expect(html).not.toMatch(/alert|onerror|cs_|order_id/);
    });

    it('do not tell a session’s order under another parameter', async () => {
      const { id, sessionId } = await placed();
      const addresses = [
        `/payment/success?order_id=${id}`,
        `/payment/success?session_id=${id}`,
        `/payment/cancel?session_id=${sessionId}`,
        `/payment/cancel?order_id=${sessionId}`,
      ];
      for (const path of addresses) {
        expect(titleOf(await page(path, 404))).toBe('Commande introuvable');
      }
    });
  });

  it('escape what the shop and Stripe put into them', async () => {
    const other = await TestApp.start({
      beside: app,
      config: (config) => ({
        ...config,
        shop: { ...config.shop, name: `Pneus "d'Or" <b>&`, address: '<script>alert(1)</script>' },
      }),
    });
    const { id, sessionId } = await placed();
    await app.sql(`UPDATE checkout_sessions SET url = $2 WHERE stripe_session_id = $1`, [
      sessionId,
      'https://checkout.stripe.com/c/pay/x"><script>alert(2)</script>',
    ]);
    const { text } = await other.http.get(`/payment/cancel?order_id=${id}`).expect(200);
    await other.stop();
    expect(text).not.toContain('<script');
    expect(text).toContain('Pneus &quot;d&#39;Or&quot; &lt;b&gt;&amp;');
    expect(text).toContain('x&quot;&gt;&lt;script&gt;alert(2)');
  });
});
