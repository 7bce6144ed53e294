import { formatAmount } from '../../common/money.js';
import type { OrderResponse } from '../../orders/dto/order.response.js';
import type { DemoClient } from './demo-client.js';
import { eventually } from './demo-client.js';
import type { DemoCustomer, Print } from './demo-customer.js';
import { DemoFailure, mustBe } from './demo-failure.js';

const DECLINED_CARD = '4000000000000002';
const GOOD_CARD = '4242424242424242';
const SKU = 'MICHELIN-P4-2055516';
const DAY_MINUTES = 24 * 60;

export interface Stage {
  readonly client: DemoClient;
  readonly customer: DemoCustomer;
  /** Tells one step that went well. */
  readonly step: Print;
}

/** Link, declined card, good card, thank-you, QR code, e-mail, handed over once. */
export async function paidStory({ client, customer, step }: Stage): Promise<void> {
  const stock = await client.stock(SKU);
  const order = await placed({ client, customer, step }, 2);
  await customer.reads(urlOf(order));

  const declined = await customer.pays(urlOf(order), DECLINED_CARD);
  mustBe('a declined card accepted', declined.accepted, false);
  mustBe('the order after a declined card', (await client.order(order.id)).status, 'pending');
  step('Card 4000 0000 0000 0002 declined; the link stays open');

  await payAndThank({ client, customer, step }, order);
  const receipt = await customer.readsMail('MERCI POUR VOTRE COMMANDE');
  mustBe('the number of pictures in the e-mail', receipt.pictures, 1);

  const { id: messageId, media } = await customer.reads('QR CODE DE RETRAIT');
  mustBe('the picture with the QR code', media, ['image/png']);
  const token = await client.scan(messageId);
  mustBe('the first pickup', await client.redeem(token), 200);
  mustBe('a second pickup with the same code', await client.redeem(token), 409);
  step('QR code scanned at the counter: handed over once, refused the second time');
  await mustEnd(client, order, ['picked_up', 'paid', false]);
  mustBe('the stock', await client.stock(SKU), stock - 2);
}

/** An hour without payment, one reminder, paid after all. */
export async function remindedStory({ client, customer, step }: Stage): Promise<void> {
  const order = await placed({ client, customer, step }, 2);
  await customer.reads(urlOf(order));

  await client.age(order.id, 60);
  await customer.reads('FINALISEZ VOTRE COMMANDE');
  step('One hour passed unpaid: reminded');
  await client.age(order.id, 60);
  await payAndThank({ client, customer, step }, order);
  // Written down for the order, sent or not: a payment takes back what waits to be sent.
  const entries = await client.timeline(order.id);
  const reminders = entries.filter((type) => type === 'message.payment_reminder');
  mustBe('the number of reminders', reminders.length, 1);
  step('The reminder job ran again an hour later: no second reminder');
  await mustEnd(client, order, ['confirmed', 'paid', true]);
}

/** A day without payment: cancelled, stock freed, customer told. */
export async function expiredStory({ client, customer, step }: Stage): Promise<void> {
  const stock = await client.stock(SKU);
  const order = await placed({ client, customer, step }, 4);
  await customer.reads(urlOf(order));
  mustBe('the stock while the order waits', await client.stock(SKU), stock - 4);

  await client.age(order.id, DAY_MINUTES);
  await eventually('the expired order was not cancelled', async () =>
    (await client.order(order.id)).status === 'cancelled' ? true : null,
  );
  step('24 hours passed unpaid: link expired, order cancelled');
  await customer.reads('LIEN DE PAIEMENT EXPIRÉ');
  mustBe('the stock afterwards', await client.stock(SKU), stock);
  step('The customer was told, the 4 tyres are for sale again');
  const late = await customer.pays(urlOf(order), GOOD_CARD);
  mustBe('a payment through the expired link accepted', late.accepted, false);
  await mustEnd(client, order, ['cancelled', 'failed', false]);
}

async function placed({ customer, step }: Stage, quantity: number): Promise<OrderResponse> {
  const order = await customer.order(SKU, quantity);
  const total = formatAmount(order.totalAmount, order.currency, 'fr');
  step(`Order ${order.orderNumber} placed: ${quantity} tyres, ${total}, stock reserved`);
  return order;
}

async function payAndThank({ customer, step }: Stage, order: OrderResponse): Promise<void> {
  const { accepted, page } = await customer.pays(urlOf(order), GOOD_CARD);
  mustBe('a good card accepted', accepted, true);
  if (!page.includes('Paiement confirmé')) {
    throw new DemoFailure('the page after the payment does not confirm it');
  }
  step('Card 4242 4242 4242 4242 accepted, the shop’s page confirms the payment');
  await customer.reads('MERCI POUR VOTRE COMMANDE');
  await customer.reads('QR CODE DE RETRAIT');
  step('Thanked, and given a QR code for the pickup');
}

function urlOf({ orderNumber, paymentUrl }: OrderResponse): string {
  if (paymentUrl) return paymentUrl;
  throw new DemoFailure(`order ${orderNumber} has no payment link`);
}

async function mustEnd(
  client: DemoClient,
  { id, orderNumber }: OrderResponse,
  end: readonly [status: string, paymentStatus: string, reminderSent: boolean],
): Promise<void> {
  const { status, paymentStatus, reminderSent } = await client.order(id);
  mustBe(`the end of order ${orderNumber}`, [status, paymentStatus, reminderSent], end);
}
