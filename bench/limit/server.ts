import pg from 'pg';
import Stripe from 'stripe';
import { limitServer } from './limit-server.js';

const { PORT = '', DATABASE_URL = '', PROVIDERS_URL = '', WEBHOOK_SECRET = '' } = process.env;
const { hostname, port } = new URL(PROVIDERS_URL);

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
const stripe = new Stripe('sk_test_benchmark', {
  host: hostname,
  port,
  protocol: 'http',
  telemetry: false,
});

process.once('SIGTERM', () => process.exit());
await limitServer(pool, stripe, WEBHOOK_SECRET).listen({ port: Number(PORT), host: '127.0.0.1' });
