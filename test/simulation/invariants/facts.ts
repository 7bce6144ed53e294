/** What must hold is judged on this alone: rows of the application's database, and what the doubles know. */
export interface Facts extends DatabaseFacts, ProviderFacts, ProcessFacts {}

/** Amounts in minor units. Every list is in the order in which its rows were written. */
export interface DatabaseFacts {
  readonly orders: readonly OrderFact[];
  readonly history: readonly { readonly orderId: string; readonly type: string }[];
  readonly sessions: readonly {
    readonly orderId: string;
    readonly attempt: number;
    readonly status: string;
    readonly stripeSessionId: string | null;
  }[];
  readonly payments: readonly {
    readonly orderId: string;
    readonly intentId: string;
    readonly amount: number;
    readonly refundedAmount: number;
    /** Taken back by a bank. */
    readonly lostAmount: number;
    readonly currency: string;
  }[];
  readonly reviews: readonly {
    readonly orderId: string;
    readonly reason: string;
    readonly objectId: string;
    readonly amount: number | null;
    readonly refundedAmount: number;
    readonly currency: string | null;
    readonly resolved: boolean;
  }[];
  readonly inbox: readonly {
    readonly id: string;
    readonly type: string;
    readonly outcome: string | null;
  }[];
  readonly messages: readonly MessageFact[];
  readonly reminderSteps: readonly { readonly orderId: string; readonly stepMinutes: number }[];
  readonly products: readonly { readonly sku: string; readonly stock: number }[];
  /** Quantities per order and product. */
  readonly lines: readonly {
    readonly orderId: string;
    readonly sku: string;
    readonly quantity: number;
  }[];
}

export interface OrderFact {
  readonly id: string;
  readonly status: string;
  readonly paymentStatus: string;
  readonly totalAmount: number;
  readonly currency: string;
  readonly paidAt: Date | null;
}

export interface MessageFact {
  readonly id: string;
  readonly orderId: string;
  readonly kind: string;
  readonly slot: string;
  readonly channel: string;
  readonly status: string;
  readonly attempts: number;
  readonly ambiguous: boolean;
  readonly providerId: string | null;
  /** Its time is over: it will never leave. */
  readonly stale: boolean;
}

/** What the doubles of Stripe, Twilio and the mail server know. */
export interface ProviderFacts {
  readonly stripeSessions: readonly {
    readonly id: string;
    /** From `client_reference_id`. */
    readonly orderId: string | null;
    readonly status: string | null;
  }[];
  /** Money that was really taken; amounts in minor units. */
  readonly captures: readonly {
    readonly intentId: string;
    /** From the metadata. */
    readonly orderId: string | null;
    readonly amount: number;
    readonly refundedAmount: number;
    readonly currency: string;
  }[];
  /** Events that the application answered with 2xx. */
  readonly acknowledged: readonly { readonly id: string; readonly type: string }[];
  /** Every message that a provider took, oldest first, duplicates included. */
  readonly accepted: readonly AcceptedMessage[];
}

export interface AcceptedMessage {
  readonly channel: 'whatsapp' | 'sms' | 'email';
  /** From the callback's address, or from the Message-ID. */
  readonly notificationId: string | null;
  /** Twilio's sid, or the Message-ID. */
  readonly providerId: string | null;
  /** Twilio said later that it never reached anybody: then another copy may be sent. */
  readonly undelivered: boolean;
  readonly at: Date;
}

/** What the harness saw of the processes. */
export interface ProcessFacts {
  /** Product by product what there was before the first order; null: the stock is not checked. */
  readonly initialStock: Readonly<Record<string, number>> | null;
  /**
   * How many copies of a notification a provider may have taken without its sender's writing it down:
   * killed, paused beyond its lease, or left without an answer. Null: the harness cannot tell.
   */
  readonly unheardCopies: ReadonlyMap<string, number> | null;
  /** What must never be written anywhere, by name, and everything that was logged or answered. */
  readonly canaries: Readonly<Record<string, string>>;
  readonly spoken: readonly string[];
  readonly processes: readonly {
    readonly name: string;
    readonly pool: { readonly total: number; readonly idle: number; readonly waiting: number };
    readonly unhandled: readonly string[];
  }[];
}

/** One thing that should not be. `what` names rows by their ids. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

/** An invariant is one function of the facts; it answers what is wrong. */
export type Invariant = (facts: Facts) => Violation[];
