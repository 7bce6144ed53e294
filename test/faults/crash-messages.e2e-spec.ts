import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { messagesOf } from '../support/checkout.js';
import { placeOrder } from '../support/factories.js';
import {
  MESSAGES,
  outboxRow,
  sendRequests,
  titlesTo,
  TITLE,
  whatsappTo,
} from '../support/outbox.js';
import { PATIENTLY } from '../support/patience.js';
import { endLeases, expectKilled, Processes } from '../support/processes.js';

const WORKER = { PROCESS_ROLE: 'worker' } as const;
const WAITS = { timeout: 90_000 } as const;

let processes: Processes;
beforeAll(async () => {
  processes = await Processes.start();
}, 120_000);
afterEach(() => processes.end());
afterAll(() => processes.stop());

const confirmationOf = (order: OrderResponse, channel = 'whatsapp') =>
  outboxRow(processes.app, order.id, 'order_confirmation', channel);

const isSent = async (order: OrderResponse, channel = 'whatsapp'): Promise<void> => {
  await vi.waitFor(
    async () => expect((await confirmationOf(order, channel)).status).toBe('sent'),
    PATIENTLY,
  );
};

/** The lease of the dead one is over and another worker looks after its rows. */
async function takeOver(order: OrderResponse, channel = 'whatsapp'): Promise<void> {
  expect((await confirmationOf(order, channel)).status).toBe('sending');
  await endLeases(processes.app);
  await processes.ready(WORKER);
  await isSent(order, channel);
}

describe('K5 a worker killed after Twilio took its message', WAITS, () => {
  it('leaves it to the next one, which finds it at Twilio instead of sending it again', async () => {
    const { app } = processes;
    const asked = sendRequests(app);
    const doomed = await processes.doomed('after_twilio_accept', WORKER);
    const order = await placeOrder(app);
    await expectKilled(doomed);
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);

    await takeOver(order);
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    expect(sendRequests(app)).toBe(asked + 1);
    expect(await confirmationOf(order)).toMatchObject({
      attempts: 2,
      providerId: whatsappTo(app, order)[0]?.sid,
    });
  });

  it('is told by Twilio’s callback what became of it, and nobody needs to look', async () => {
    const { app } = processes;
    const doomed = await processes.doomed('after_twilio_accept', WORKER);
    const order = await placeOrder(app);
    await expectKilled(doomed);
    const [message] = whatsappTo(app, order);
    await app.doubles.twilio.advance(message!.sid, 'delivered');
    expect(await confirmationOf(order)).toMatchObject({
      status: 'sent',
      attempts: 1,
      providerId: message!.sid,
      deliveryStatus: 'delivered',
    });
    await endLeases(app);
    await app.drain();
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
  });

  it.each([
    ['before its answer left Twilio: the next one finds it there', true],
    ['before Twilio took it: the next one sends it', false],
  ])('or %s', async (_case, accepted) => {
    const { app } = processes;
    app.doubles.twilio.faults.add({ method: 'POST', path: MESSAGES, kind: 'hang', accepted });
    const asked = sendRequests(app);
    const worker = await processes.ready(WORKER);
    const order = await placeOrder(app);
    await vi.waitFor(() => {
      expect(sendRequests(app)).toBe(asked + 1);
      expect(titlesTo(app, order)).toHaveLength(accepted ? 1 : 0);
    }, PATIENTLY);
    expect(await worker.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });

    await takeOver(order);
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    expect(sendRequests(app)).toBe(asked + (accepted ? 1 : 2));
  });
});

describe('K6 a worker killed while it sends an e-mail', WAITS, () => {
  const email = 'aline.moreau@example.com';
  const mails = () => processes.app.doubles.mail.messages.map(({ messageId }) => messageId);

  it.each([
    [
      'in the middle of DATA: the server has nothing, the next one sends it once',
      'during_smtp_data',
      0,
    ],
    ['after the server’s 250: it may come twice, under one Message-ID', 'after_smtp_250', 1],
  ] as const)('%s', async (_title, at, taken) => {
    const { app } = processes;
    const before = mails().length;
    const doomed = await processes.doomed(at, WORKER);
    const order = await placeOrder(app, { customer: { email } });
    await expectKilled(doomed);
    await vi.waitFor(() => expect(mails().slice(before)).toHaveLength(taken), PATIENTLY);

    await takeOver(order, 'email');
    const ids = mails().slice(before);
    expect(ids).toHaveLength(taken + 1);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toContain((await confirmationOf(order, 'email')).id);
    await isSent(order);
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    const told = await messagesOf(app, order.id);
    expect(told.toSorted()).toEqual([
      'order_confirmation email sent',
      'order_confirmation whatsapp sent',
    ]);
  });
});
