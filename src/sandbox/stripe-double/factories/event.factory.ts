import Stripe from 'stripe';
import { newEventId } from '../stripe-ids.js';
import { secondsNow } from './checkout-session.factory.js';

export type EventType = Stripe.Event['type'];
export type EventOf<T extends EventType> = Extract<Stripe.Event, { type: T }>;

/** What an event may differ in beside its type and object; `previous_attributes` as in `*.updated`. */
export type EventOverrides = Partial<Omit<Stripe.Event, 'type' | 'data' | 'object'>> & {
  readonly previousAttributes?: Readonly<Record<string, unknown>>;
};

/**
 * A whole snapshot Event around one object, at the API version the pinned SDK speaks. The object is
 * copied, as Stripe freezes it at the time of the event.
 */
export function event<T extends EventType>(
  type: T,
  object: EventOf<T>['data']['object'],
  { previousAttributes, ...overrides }: EventOverrides = {},
): EventOf<T> {
  const base = {
    id: newEventId(),
    object: 'event',
    api_version: Stripe.API_VERSION,
    created: secondsNow(),
    data: {
      object: structuredClone(object),
      ...(previousAttributes ? { previous_attributes: previousAttributes } : {}),
    },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
    ...overrides,
  };
  // The compiler cannot see that one type argument fixes both `type` and `data.object`.
  return base as unknown as EventOf<T>;
}
