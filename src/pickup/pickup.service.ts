import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inTransaction } from '../database/transaction.js';
import { OrderHandover } from '../orders/order-handover.service.js';
import { OrderArchive } from '../retention/archive.service.js';
import type { PickupPass } from './pickup-pass.entity.js';
import { PickupPassesRepository } from './pickup-passes.repository.js';
import { drawSecret } from './pickup-secret.js';
import { isSigned, parsePickupToken } from './pickup-token.js';
import {
  AlreadyPickedUpError,
  OrderRefundedError,
  PickupNotFoundError,
  PickupSuspendedError,
} from './pickup.errors.js';

/** The right to collect a paid order: issued with the payment, redeemed once at the counter. */
@Injectable()
export class PickupService {
  private readonly logger = new Logger(PickupService.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly passes: PickupPassesRepository,
    private readonly orders: OrderHandover,
    private readonly archive: OrderArchive,
  ) {}

  /** Call inside the transaction that settles the payment. Idempotent per order. */
  async issue(manager: EntityManager, orderId: string): Promise<void> {
    await this.passes.insert(manager, orderId, this.newSecret());
  }

  /** For a statement that issues the code itself (`pickup-passes.sql.ts`). */
  newSecret(): Buffer {
    return drawSecret();
  }

  /** Call inside the transaction that holds the order's lock. Idempotent. */
  async suspend(manager: EntityManager, orderId: string): Promise<void> {
    await this.passes.suspend(manager, orderId);
  }

  /** Call inside the transaction that holds the order's lock. False: it was not suspended. */
  async resume(manager: EntityManager, orderId: string): Promise<boolean> {
    return this.passes.resume(manager, orderId);
  }

  /**
   * Hands the order over, once: of any number of scans at the same instant one succeeds. Throws
   * PickupNotFoundError for anything we did not sign, OrderRefundedError and
   * PickupSuspendedError before AlreadyPickedUpError.
   */
  async redeem(token: string): Promise<{ orderId: string; pickedUpAt: Date }> {
    const parsed = parsePickupToken(token);
    if (!parsed) throw new PickupNotFoundError();
    const redeemed = await inTransaction(this.dataSource, async (manager) => {
      const pass = await this.findPass(manager, parsed.passId);
      if (!pass || !isSigned(parsed, pass)) throw new PickupNotFoundError();
      const order = await this.orders.lock(manager, pass.orderId);
      if (order.paymentStatus === 'refunded') throw new OrderRefundedError();
      const pickedUpAt = await this.passes.redeem(manager, pass.id);
      if (!pickedUpAt) {
        // Read again: it was read before the lock.
        const now = await this.passes.findById(pass.id, manager);
        if (now?.suspendedAt) throw new PickupSuspendedError();
        throw new AlreadyPickedUpError(order.pickedUpAt ?? pass.redeemedAt!);
      }
      await this.orders.handOver(manager, order);
      return { orderId: order.id, pickedUpAt };
    });
    this.logger.log({
      event: 'order.picked_up',
      orderId: redeemed.orderId,
      msg: `Order ${redeemed.orderId} was collected`,
    });
    return redeemed;
  }

  /** Of an archived order too: who shows its code hears as ever why it is of no use, and the rollback leaves it archived. */
  private async findPass(manager: EntityManager, passId: string): Promise<PickupPass | null> {
    const pass = await this.passes.findById(passId, manager);
    if (pass || !(await this.archive.bringBack(manager, [passId]))) return pass;
    return this.passes.findById(passId, manager);
  }
}
