import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppLogger } from '../../src/common/app-logger.js';
import { orderBody, placeOrder } from '../support/factories.js';
import { linesOf } from '../support/log-lines.js';
import { outboxRow, whatsappTo } from '../support/outbox.js';
import { bearer, sendRaw } from '../support/raw-http.js';
import { aboutSession, postWebhook } from '../support/stripe-events.js';
import { APP_URL, TestApp } from '../support/test-app.js';

/** A line of its own, colours, a line end of Unicode, and the bell. */
const FORGED = 'x"}\r\n{"level":"fatal","event":"forged","msg":"\u001b[31mall is lost\u2028\u0007';

let app: TestApp;
const written: string[] = [];
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

describe('S19 what somebody else wrote', () => {
  it('stays one line of JSON, whatever field of a log it lands in', () => {
    const logger = AppLogger.create('trace', { write: (text) => written.push(text) });
    logger.log({ event: FORGED, msg: FORGED, [FORGED]: FORGED, nested: { [FORGED]: [FORGED] } });
    logger.warn(FORGED);
    logger.error(FORGED, `Error: x\n    at ${FORGED}`, FORGED);
    logger.fatal(new Error(FORGED));
    expect(written).toHaveLength(4);
    for (const line of written) {
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(line.trimEnd()).not.toMatch(/\p{Cc}/u);
      expect(JSON.parse(line)).not.toMatchObject({ level: 'fatal', event: 'forged' });
    }
  });

  it('makes no line of its own by any way that reaches the log', async () => {
    const json = { 'content-type': 'application/json' };
    const order = await placeOrder(app, {
      customer: { firstName: '"}{"level":"fatal","event":"forged"' },
    });
    await app.drain();

    // Names with line ends are refused; headers and addresses are not logged at all.
    const body = await orderBody(app, { customer: { firstName: FORGED } });
    const refused = await sendRaw(app, '/api/orders', {
      method: 'POST',
      headers: { ...bearer(app, 'shop'), ...json },
      body: JSON.stringify(body),
    });
    expect(refused.status).toBe(400);
    await sendRaw(app, `/api/orders/${encodeURIComponent(FORGED)}`, {
      headers: {
        ...bearer(app, 'shop'),
        'user-agent': '{"event":"forged"}',
        referer: '{"event":"forged"}',
      },
    });

    // What Twilio and Stripe sign is logged in parts: codes and types.
    const [message] = whatsappTo(app, order);
    const { id } = await outboxRow(app, order.id, 'order_confirmation');
    const params = { MessageSid: message!.sid, MessageStatus: 'failed', ErrorCode: FORGED };
    const url = `${APP_URL}/api/webhook/twilio/status?nid=${id}`;
    const answer = await sendRaw(app, `/api/webhook/twilio/status?nid=${id}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': twilio.getExpectedTwilioSignature(
          app.config.twilio.authToken,
          url,
          params,
        ),
      },
      body: new URLSearchParams(params).toString(),
    });
    expect(answer.status).toBe(204);
    const event = aboutSession(app, 'checkout.session.completed', order.stripeSessionId!);
    await postWebhook(app, JSON.stringify({ ...event, type: FORGED, id: `evt_${FORGED}` }));

    expect(linesOf(app, 'message.delivery')).toHaveLength(1);
    expect(linesOf(app, 'forged')).toEqual([]);
    expect(app.logs.filter(({ level }) => level === 'fatal')).toEqual([]);
  });
});
