import type { MessageItem, MovedMoney } from './templates/message-template.js';

/** What an outbox row keeps of its order; amounts in minor units, instants as ISO 8601 UTC. */
export interface NotificationParams {
  readonly orderNumber: string;
  readonly items: readonly MessageItem[];
  readonly totalAmount: number;
  readonly currency: string;
  readonly paymentUrl: string | null;
  readonly paymentExpiresAt: string | null;
  readonly moved?: MovedMoney;
}
