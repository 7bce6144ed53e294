import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hold } from '../double-server.js';
import { messageList } from './message-list.js';
import { readSendRequest, type SendRequest } from './send-request.js';
import { TwilioRefusal } from './twilio-error.js';
import { parseTwilioForm, type TwilioForm } from './twilio-form.js';
import { messageResource, type TwilioMessage } from './twilio-message.js';

/** What the routes work on. */
export interface TwilioApiParts {
  readonly accountSid: string;
  readonly authToken: string;
  readonly senders?: readonly string[];
  readonly messages: readonly TwilioMessage[];
  readonly accept: (request: SendRequest) => TwilioMessage;
}

type Work = (request: FastifyRequest) => unknown;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function authenticate(request: FastifyRequest, { accountSid, authToken }: TwilioApiParts): void {
  const expected = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const given = request.headers.authorization ?? '';
  if (!timingSafeEqual(digest(given), digest(expected))) throw new TwilioRefusal(20003);
  if (!request.url.startsWith(`/2010-04-01/Accounts/${accountSid}/`))
    throw new TwilioRefusal(20404);
}

async function attempt(
  request: FastifyRequest,
  parts: TwilioApiParts,
  status: number,
  work: Work,
): Promise<{ status: number; body: unknown }> {
  try {
    authenticate(request, parts);
    await hold(request);
    return { status, body: work(request) };
  } catch (error) {
    if (!(error instanceof TwilioRefusal)) throw error;
    return { status: error.body.status, body: error.body };
  }
}

/** The message resource: create, list, fetch (twilio.com/docs/messaging/api/message-resource). */
export function registerTwilioApi(app: FastifyInstance, parts: TwilioApiParts): void {
  const answering =
    (status: number, work: Work) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const answer = await attempt(request, parts, status, work);
      return reply.code(answer.status).send(answer.body);
    };

  const root = '/2010-04-01/Accounts/:sid/Messages';
  app.post(
    `${root}.json`,
    answering(201, ({ body }) => {
      const wanted = readSendRequest((body ?? {}) as TwilioForm, parts.senders);
      return messageResource(parts.accept(wanted));
    }),
  );
  app.get(
    `${root}.json`,
    answering(200, ({ url }) => {
      const [path = '', query = ''] = url.split('?');
      return messageList(parts.messages, parseTwilioForm(query), path);
    }),
  );
  app.get(
    `${root}/:mid.json`,
    answering(200, ({ params }) => {
      const { mid } = params as { mid: string };
      const message = parts.messages.find((one) => one.sid === mid);
      if (!message) throw new TwilioRefusal(20404);
      return messageResource(message);
    }),
  );
  app.setNotFoundHandler(
    answering(404, () => {
      throw new TwilioRefusal(20404);
    }),
  );
}
