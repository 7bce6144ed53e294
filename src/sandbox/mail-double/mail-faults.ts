/** Where in the SMTP dialogue a fault strikes; at `DATA` the whole message has arrived. */
export type MailStage = 'CONNECT' | 'RCPT' | 'DATA';

/**
 * How the mail server fails: with a reply such as 421, 451 or 550, by never answering, or by cutting
 * the connection.
 * `accepted`, at DATA only: the message is taken all the same, so that the sender cannot tell.
 */
export type MailFault =
  | {
      readonly kind: 'reply';
      readonly stage: MailStage;
      readonly code: number;
      readonly message?: string;
      readonly times?: number;
      readonly accepted?: boolean;
    }
  | {
      readonly kind: 'hang';
      readonly stage: MailStage;
      readonly times?: number;
      readonly accepted?: boolean;
      /** The silence ends with the connection, after so long. */
      readonly cutAfterMs?: number;
    }
  | {
      readonly kind: 'cut';
      readonly stage: MailStage;
      readonly times?: number;
      readonly accepted?: boolean;
    };

/** Faults still to come, in the order they were scripted; each strikes once unless `times` says so. */
export class MailFaultPlan {
  private rules: { fault: MailFault; left: number }[] = [];

  add(fault: MailFault): this {
    this.rules.push({ fault, left: fault.times ?? 1 });
    return this;
  }

  clear(): void {
    this.rules = [];
  }

  take(stage: MailStage): MailFault | null {
    const rule = this.rules.find(({ fault }) => fault.stage === stage);
    if (!rule) return null;
    rule.left -= 1;
    if (rule.left <= 0) this.rules = this.rules.filter((other) => other !== rule);
    return rule.fault;
  }
}
