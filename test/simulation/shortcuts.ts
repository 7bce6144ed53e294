import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { SwaggerModule } from '@nestjs/swagger';
import QRCode from 'qrcode';
import Stripe from 'stripe';

const LONGEST_PAUSE_MS = 20;

/** One pixel: what the code shows is another test's subject. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/**
 * What only costs time here, done without: pauses between two tries of one call, which are real time;
 * the drawing of QR codes; the description of the API at each start of an instance. Answers the undo.
 */
export function takeShortcuts(): () => void {
  const { createDocument } = captured(SwaggerModule);
  let document: ReturnType<typeof createDocument> | undefined;
  const pause = timers.setTimeout;
  const none = (): number => 0.001;
  const undo = [
    replace(Stripe.prototype, { getInitialNetworkRetryDelay: none, getMaxNetworkRetryDelay: none }),
    replace(QRCode, { toBuffer: () => Promise.resolve(PIXEL) }),
    replace(SwaggerModule, {
      createDocument: (...given: Parameters<typeof createDocument>) =>
        (document ??= createDocument(...given)),
    }),
    replace(timers, {
      setTimeout: (ms: number, ...rest: [unknown, object]) =>
        pause(Math.min(ms, LONGEST_PAUSE_MS), ...rest),
    }),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const put of undo) put();
    syncBuiltinESMExports();
  };
}

/** Its static methods as functions of their own. */
const captured = (module: typeof SwaggerModule) => ({
  createDocument: module.createDocument.bind(module),
});

function replace(target: object, methods: Readonly<Record<string, unknown>>): () => void {
  const before = Object.keys(methods).map(
    (name) => [name, Object.getOwnPropertyDescriptor(target, name)!] as const,
  );
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
  return () => {
    for (const [name, descriptor] of before) Object.defineProperty(target, name, descriptor);
  };
}
