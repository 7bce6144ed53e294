import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ArchiveRepository } from './archive.repository.js';

/** Orders that were put away, for whoever has something to do with one after all. */
@Injectable()
export class OrderArchive {
  private readonly logger = new Logger(OrderArchive.name);

  constructor(private readonly archive: ArchiveRepository) {}

  /**
   * Call inside the transaction that could not find its order. Whoever is known in the archive by one of
   * the names (order id, session, payment, refund, dispute, pickup pass) is put back among the live
   * orders, so that what comes late is dealt with by the same code as ever. True: look again. Two who
   * ask at once both hear so. A rollback leaves the order where it was.
   */
  async bringBack(manager: EntityManager, names: readonly string[]): Promise<boolean> {
    const found = await this.archive.findByName(manager, names);
    for (const order of found) {
      const taken = await this.archive.takeBack(manager, order);
      if (!taken) continue;
      this.logger.warn({
        event: 'archive.order_brought_back',
        orderId: order.id,
        msg: `Order ${taken.orderNumber} was needed after it had been archived`,
      });
    }
    return found.length > 0;
  }
}
