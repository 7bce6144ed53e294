import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { rowsOf } from '../database/transaction.js';

/** Longer than a run may take: who dies while it reads is followed after that. */
const LEASE_SECONDS = 300;

@Injectable()
export class EventCursorRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** How far the list was read, and the right to go on with it. Null: another process is reading. */
  async claim(name: string): Promise<Date | null> {
    const [row] = await rowsOf<{ readTo: Date }>(
      this.dataSource.manager,
      `INSERT INTO stripe_event_cursors AS cursor (name, read_to, lease_until)
       VALUES ($1, to_timestamp(0), now() + make_interval(secs => $2))
       ON CONFLICT (name) DO UPDATE SET lease_until = EXCLUDED.lease_until
        WHERE cursor.lease_until <= now()
       RETURNING read_to AS "readTo"`,
      [name, LEASE_SECONDS],
    );
    return row?.readTo ?? null;
  }

  async release(name: string, readTo: Date): Promise<void> {
    await this.dataSource.query(
      `UPDATE stripe_event_cursors SET read_to = $2, lease_until = now() WHERE name = $1`,
      [name, readTo],
    );
  }

  /** Those of the ids that the inbox has. */
  async knownIds(ids: readonly string[]): Promise<Set<string>> {
    const rows = await rowsOf<{ id: string }>(
      this.dataSource.manager,
      `SELECT id FROM stripe_events WHERE id = ANY($1)`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }
}
