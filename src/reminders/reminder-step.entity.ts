import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** A reminder step that an order has had: the key makes a second one impossible. */
@Entity('reminder_steps')
export class ReminderStep {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'reminder_steps_pkey' })
  @ForeignKey('Order', { name: 'reminder_steps_order_id_fkey' })
  orderId: string;

  /** Age of the order, in minutes, at which the step falls due. */
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'reminder_steps_pkey' })
  stepMinutes: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;
}
