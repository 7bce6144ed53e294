import { collectDefaultMetrics, Gauge, Histogram } from 'prom-client';

collectDefaultMetrics();

export const httpSeconds = new Histogram({
  name: 'garageconnect_http_request_seconds',
  help: 'Time to answer an HTTP request, by route pattern',
  labelNames: ['method', 'route', 'status'] as const,
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

export const orders = new Gauge({
  name: 'garageconnect_orders',
  help: 'Orders that wait for money, or whose payment is not simply paid, by state',
  labelNames: ['status', 'payment_status'] as const,
});

export const ordersEstimated = new Gauge({
  name: 'garageconnect_orders_estimated',
  help: 'All orders by status, as estimated by the statistics of PostgreSQL',
  labelNames: ['status'] as const,
});

export const outboxDepth = new Gauge({
  name: 'garageconnect_outbox_depth',
  help: 'Messages that have not left yet, by channel',
  labelNames: ['channel'] as const,
});

export const outboxAgeSeconds = new Gauge({
  name: 'garageconnect_outbox_oldest_seconds',
  help: 'Age of the oldest message that should have left already',
});

export const channelRestSeconds = new Gauge({
  name: 'garageconnect_channel_rest_seconds',
  help: 'Seconds until a channel sends again after its provider failed or a limit was reached; 0: it sends',
  labelNames: ['channel'] as const,
});

export const unreachableNumbers = new Gauge({
  name: 'garageconnect_unreachable_numbers',
  help: 'Numbers to which nothing is sent any more, by channel and reason',
  labelNames: ['channel', 'reason'] as const,
});

export const openReviews = new Gauge({
  name: 'garageconnect_payment_reviews_open',
  help: 'Payments that wait for a person',
});
