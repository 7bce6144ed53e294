import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { rowsOf } from '../database/transaction.js';
import type { ListOrdersQuery } from './dto/list-orders.query.js';
import type { OrderEvent } from './order-event.entity.js';
import { containing, phoneDigits } from './order-search.js';
import type { ListedOrder, ListPosition, ShownOrder } from './orders.repository.js';

type TimelineLine = Pick<OrderEvent, 'createdAt' | 'type' | 'data'>;

const SHOWN = `
  a.id, a.order_number AS "orderNumber", a.customer_id AS "customerId", a.status,
  a.payment_status AS "paymentStatus", a.currency, a.total_amount AS "totalAmount",
  a.stripe_session_id AS "stripeSessionId", a.reminder_sent AS "reminderSent",
  a.created_at AS "createdAt", a.updated_at AS "updatedAt", a.paid_at AS "paidAt",
  a.picked_up_at AS "pickedUpAt", a.cancelled_at AS "cancelledAt", a.cancel_reason AS "cancelReason",
  (SELECT json_agg(json_build_object('sku', i.sku, 'brand', i.brand, 'model', i.model,
                                     'quantity', i.quantity, 'unitAmount', i.unit_amount,
                                     'lineAmount', i.line_amount) ORDER BY i.position)
     FROM jsonb_populate_recordset(NULL::order_items, a.records -> 'order_items') AS i) AS items`;

/**
 * $1 from, $2 to: the partitions between them are opened and no others. Then status, payment status,
 * the row to go on behind, the orders and customers that a search has found (null: no search), most rows.
 */
const LIST = `
SELECT (extract(epoch FROM a.created_at) * 1000000)::bigint AS "placedAt", ${SHOWN}
  FROM archived_orders a
 WHERE a.created_at >= $1 AND a.created_at < $2
   AND ($3::text IS NULL OR a.status = $3)
   AND ($4::text IS NULL OR a.payment_status = $4)
   AND ($5::timestamptz IS NULL OR (a.created_at, a.id) < ($5::timestamptz, $6::uuid))
   AND ($7::uuid[] IS NULL OR a.id = ANY ($7::uuid[]) OR a.customer_id = ANY ($8::uuid[]))
 ORDER BY a.created_at DESC, a.id DESC
 LIMIT $9`;

const YEAR_MS = 365 * 24 * 60 * 60 * 1_000;

/**
 * Finished orders that were put away, as they stood then. Read only where the live tables do not have
 * the answer, and by partition: a statement without a span of time would lock every month there is.
 */
@Injectable()
export class ArchivedOrdersRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** By its id, or one of its sessions. */
  async find(name: string): Promise<ShownOrder | null> {
    const position = await this.findPosition(name);
    if (!position) return null;
    const [order] = await rowsOf<ShownOrder>(
      this.dataSource.manager,
      `SELECT ${SHOWN} FROM archived_orders a WHERE a.id = $1 AND a.created_at = $2::timestamptz`,
      [position.id, position.createdAt],
    );
    return order ?? null;
  }

  async findPosition(name: string): Promise<ListPosition | null> {
    const [row] = await rowsOf<ListPosition>(
      this.dataSource.manager,
      `SELECT created_at::text AS "createdAt", order_id AS id
         FROM archived_order_names WHERE name = $1 LIMIT 1`,
      [name],
    );
    return row ?? null;
  }

  async listEvents(id: string): Promise<TimelineLine[]> {
    const position = await this.findPosition(id);
    if (!position) return [];
    return rowsOf<TimelineLine>(
      this.dataSource.manager,
      `SELECT e.created_at AS "createdAt", e.type, e.data
         FROM archived_orders a,
              jsonb_populate_recordset(NULL::order_events, a.records -> 'order_events') AS e
        WHERE a.id = $1 AND a.created_at = $2::timestamptz
        ORDER BY e.id`,
      [position.id, position.createdAt],
    );
  }

  /**
   * Newest first, one row more than the page holds; `floor`: older ones are of no use to the page. Goes
   * back a year at a time until the page is full.
   */
  async list(
    query: ListOrdersQuery,
    after: ListPosition | null,
    floor: Date | null,
  ): Promise<ListedOrder[]> {
    const span = await this.span();
    if (!span || neverFinished(query)) return [];
    const from = latest(span.oldest, floor, dateOf(query.createdFrom));
    let to = earliest(new Date(span.newest.getTime() + 1), dateOf(query.createdTo));
    const search = query.q === undefined ? null : await this.search(query.q);
    const found: ListedOrder[] = [];
    while (to > from && found.length <= query.limit) {
      const start = latest(from, new Date(to.getTime() - YEAR_MS));
      const left = query.limit + 1 - found.length;
      found.push(...(await this.page(query, after, { from: start, to }, search, left)));
      to = start;
    }
    return found;
  }

  private async page(
    { status, paymentStatus }: ListOrdersQuery,
    after: ListPosition | null,
    { from, to }: { from: Date; to: Date },
    search: { orderIds: string[]; customerIds: string[] } | null,
    limit: number,
  ): Promise<ListedOrder[]> {
    const rows = await rowsOf<ShownOrder & { placedAt: string }>(this.dataSource.manager, LIST, [
      from,
      to,
      status ?? null,
      paymentStatus ?? null,
      after?.createdAt ?? null,
      after?.id ?? null,
      search?.orderIds ?? null,
      search?.customerIds ?? null,
      limit,
    ]);
    return rows.map(({ placedAt, ...order }) => ({ placedAt: BigInt(placedAt), order }));
  }

  /** When the first and the last order of the archive were placed. */
  private async span(): Promise<{ oldest: Date; newest: Date } | null> {
    const [row] = await rowsOf<{ oldest: Date | null; newest: Date | null }>(
      this.dataSource.manager,
      `SELECT min(created_at) AS oldest, max(created_at) AS newest FROM archived_order_names`,
    );
    return row?.oldest && row.newest ? { oldest: row.oldest, newest: row.newest } : null;
  }

  /** By an index each: an archived order is found by its whole number, or its customer's phone. */
  private async search(words: string): Promise<{ orderIds: string[]; customerIds: string[] }> {
    const digits = phoneDigits(words);
    const [row] = await rowsOf<{ orderIds: string[]; customerIds: string[] }>(
      this.dataSource.manager,
      `SELECT ARRAY(SELECT order_id FROM archived_order_names WHERE name = upper($1)) AS "orderIds",
              ARRAY(SELECT id FROM customers WHERE $2 <> '' AND phone_number LIKE $3)
              AS "customerIds"`,
      [words.trim(), digits, containing(digits)],
    );
    return row!;
  }
}

/** What still waits is never archived. */
const neverFinished = ({ status, paymentStatus }: ListOrdersQuery): boolean =>
  status === 'pending' || paymentStatus === 'pending' || paymentStatus === 'processing';

const dateOf = (text: string | undefined): Date | null => (text ? new Date(text) : null);

const latest = (first: Date, ...others: readonly (Date | null)[]): Date =>
  others.reduce<Date>((last, one) => (one && one > last ? one : last), first);

const earliest = (first: Date, other: Date | null): Date =>
  other && other < first ? other : first;
