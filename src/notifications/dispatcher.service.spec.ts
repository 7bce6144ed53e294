import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ChannelName } from '../channels/channel.js';
import { loadAppConfig } from '../config/load-app-config.js';
import type { CustomersService } from '../customers/customers.service.js';
import type { DeliveryService } from './delivery.service.js';
import { DispatcherService } from './dispatcher.service.js';
import { OutboxSignal } from './outbox-signal.js';
import type { Claim, ClaimedNotification, OutboxRepository } from './outbox.repository.js';

/**
 * How long each look at the outbox for e-mails takes: the first ends behind that for texts, the second
 * outlasts the text's claim, the next two find nothing while the text is still leaving, and the last
 * begins with the text's very end.
 */
const EMAIL_LOOKS_MS = [20, 30, 1, 1, 40];
const TEXT_LEAVES_MS = 100;

/** Messages of one order that wait for each other, in this order. */
const CHAIN: readonly { readonly id: string; readonly channel: ChannelName }[] = [
  { id: 'first', channel: 'email' },
  { id: 'second', channel: 'whatsapp' },
  { id: 'third', channel: 'email' },
];

describe('DispatcherService.drain', () => {
  it('ends when everything is sent, however late one lane wakes another', async () => {
    const sent: string[] = [];
    const claimed = new Set<string>();
    let looks = 0;
    const outbox = {
      claim: async (channel: ChannelName): Promise<Claim> => {
        const due = CHAIN[sent.length];
        const isNext = due?.channel === channel && !claimed.has(due.id);
        if (isNext) claimed.add(due.id);
        await pause(channel === 'email' ? (EMAIL_LOOKS_MS[looks++] ?? 1) : 1);
        return { messages: isNext ? [messageOf(due.id, channel)] : [], short: false };
      },
    };
    const delivery = {
      deliver: async ({ id, channel }: ClaimedNotification) => {
        if (channel === 'whatsapp') await pause(TEXT_LEAVES_MS);
        sent.push(id);
        return { taken: true, ended: Promise.resolve() };
      },
    };
    const dispatcher = new DispatcherService(
      loadAppConfig({ NODE_ENV: 'test', PROCESS_ROLE: 'web' }),
      outbox as unknown as OutboxRepository,
      { findByIds: async () => new Map() } as unknown as CustomersService,
      delivery as unknown as DeliveryService,
      new OutboxSignal(),
    );
    expect(await dispatcher.drain()).toBe(CHAIN.length);
    expect(sent).toEqual(CHAIN.map(({ id }) => id));
  });
});

const messageOf = (id: string, channel: ChannelName): ClaimedNotification => ({
  id,
  orderId: 'order',
  customerId: 'customer',
  kind: 'order_confirmation',
  channel,
  params: {} as ClaimedNotification['params'],
  attempts: 1,
  ambiguous: false,
  dropped: false,
  flag: null,
  createdAt: new Date(),
  leaseEndsAt: performance.now() + 60_000,
  awaited: true,
  senderFailures: 0,
  probe: false,
});
