/** How a provider fails next. */
export type DrawnFault =
  | {
      readonly provider: 'stripe' | 'twilio';
      readonly kind: 'status' | 'hang' | 'reset' | 'truncate' | 'slow';
      readonly status: number;
      /** The work is done before the fault strikes. */
      readonly accepted: boolean;
      readonly times: number;
    }
  | {
      readonly provider: 'mail';
      readonly kind: 'reply' | 'hang';
      readonly stage: 'CONNECT' | 'RCPT' | 'DATA';
      readonly status: number;
      readonly accepted: boolean;
      readonly times: number;
    };

/** `order` counts the orders of the schedule; `nth` is taken modulo however many there are then. */
export type Step =
  | {
      readonly do: 'order';
      readonly order: number;
      readonly customer: number;
      readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
      /** Instances that get the same request at once. */
      readonly at: readonly number[];
    }
  | { readonly do: 'repeat order'; readonly order: number; readonly at: number }
  | { readonly do: 'click'; readonly order: number; readonly at: readonly number[] }
  | { readonly do: 'pay'; readonly order: number; readonly nth: number; readonly card: string }
  | { readonly do: 'settle debit'; readonly nth: number; readonly result: 'succeeded' | 'failed' }
  | {
      readonly do: 'pay elsewhere';
      readonly order: number;
      readonly wrong: 'amount' | 'currency' | 'nothing';
    }
  | {
      readonly do: 'deliver';
      readonly nth: number;
      readonly at: readonly number[];
      /** False: one that was accepted before comes again. */
      readonly fresh: boolean;
    }
  | { readonly do: 'deliver all'; readonly backwards: boolean; readonly at: number }
  | { readonly do: 'drop'; readonly nth: number }
  | {
      readonly do: 'tick';
      readonly what: Tick;
      readonly at: readonly number[];
      /** Real milliseconds from one instance's start to the next one's. */
      readonly gap: number;
      /** Real milliseconds that each look at the database's clock takes meanwhile. */
      readonly drag: number;
    }
  | { readonly do: 'kill'; readonly at: number; readonly edges: number }
  | { readonly do: 'restart'; readonly at: number }
  | { readonly do: 'pause'; readonly at: number }
  | { readonly do: 'wake'; readonly at: number }
  | { readonly do: 'jump'; readonly seconds: number }
  | { readonly do: 'fault'; readonly fault: DrawnFault }
  | { readonly do: 'cancel'; readonly order: number; readonly at: readonly number[] }
  | {
      readonly do: 'refund';
      readonly order: number;
      readonly part: number;
      readonly by: 'dashboard' | 'shop';
      readonly at: readonly number[];
    }
  | { readonly do: 'dispute'; readonly nth: number; readonly result: 'won' | 'lost' }
  | { readonly do: 'pick up'; readonly order: number; readonly at: readonly number[] }
  | { readonly do: 'remind'; readonly order: number; readonly at: number }
  | {
      readonly do: 'message status';
      readonly nth: number;
      readonly status: 'sent' | 'delivered' | 'read' | 'failed' | 'undelivered';
    }
  | { readonly do: 'together'; readonly steps: readonly Step[]; readonly drag: number };

export const TICKS = [
  'reminders',
  'checkout',
  'refunds',
  'reconcile',
  'drain',
  'delivery check',
] as const;
export type Tick = (typeof TICKS)[number];

/** One line for the trace: what it does, then with what. */
export function describeStep(step: Step): string {
  if (step.do === 'together') {
    return `together, drag ${step.drag}: ${step.steps.map(describeStep).join(' | ')}`;
  }
  const { do: what, ...details } = step;
  return `${what} ${JSON.stringify(details).slice(1, -1).replaceAll('"', '').replaceAll(',', ', ')}`;
}
