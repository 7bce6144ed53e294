import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { ApplicationAddress } from './application-address.js';
import { phoneView } from './phone-view.js';
import type { BankWord } from './provider-control.js';
import type { RunningDoubles } from './running-doubles.js';

/** Only who has read the marker knows the instance: a web page cannot send this header across origins. */
export const INSTANCE_HEADER = 'x-sandbox-instance';

export interface ControlOptions {
  readonly port: number;
  readonly instance: string;
  readonly doubles: RunningDoubles;
  readonly address: ApplicationAddress;
}

/** What the pages of any process ask of the doubles, on a local socket of the process that runs them. */
export async function startControlServer(
  options: ControlOptions,
): Promise<{ server: FastifyInstance; url: string }> {
  // Its own clients keep connections open, and nothing on them is worth waiting for.
  const app = fastify({ forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers[INSTANCE_HEADER] !== options.instance) await reply.code(404).send();
  });
  app.get('/', (_request, reply) => reply.code(204).send());
  registerAddress(app, options);
  registerPhone(app, options);
  registerSessions(app, options);
  registerDisputes(app, options);
  const url = await app.listen({ port: options.port, host: '127.0.0.1' });
  return { server: app, url };
}

function registerAddress(app: FastifyInstance, { address, doubles }: ControlOptions): void {
  app.post<{ Body: { url: string } }>('/application', async ({ body }, reply) => {
    address.announce(body.url);
    // What could not be delivered while nothing listened, each once more; retries go on beside it.
    void doubles.stripe?.deliverPending();
    return reply.code(204).send();
  });
  app.post<{ Body: { url: string } }>('/application/withdraw', async ({ body }, reply) => {
    address.withdraw(body.url);
    return reply.code(204).send();
  });
}

function registerPhone(app: FastifyInstance, { doubles }: ControlOptions): void {
  app.get<{ Querystring: { number?: string } }>('/phone', ({ query }) =>
    Promise.resolve(phoneView(doubles, query.number ?? null)),
  );
  app.get<{ Params: { id: string; index: string } }>(
    '/messages/:id/media/:index',
    async ({ params }, reply) => {
      const message = doubles.twilio?.messages.find(({ sid }) => sid === params.id);
      const media = message?.media[Number(params.index)];
      if (!media) return notFound(reply);
      return reply.type(media.contentType).send(media.bytes);
    },
  );
  app.get<{ Params: { id: string } }>('/mails/:id', async ({ params }, reply) => {
    const mail = doubles.mail?.messages[Number(params.id)];
    if (!mail) return notFound(reply);
    const pictures = mail.attachments.map(({ contentId, contentType, bytes }) => ({
      contentId,
      contentType,
      base64: bytes.toString('base64'),
    }));
    return { html: mail.html, text: mail.text, pictures };
  });
}

function registerSessions(app: FastifyInstance, { doubles }: ControlOptions): void {
  const { stripe } = doubles;
  const knows = (id: string): boolean =>
    stripe?.allSessions.some(({ session }) => session.id === id) ?? false;
  app.post<{ Params: { id: string }; Body: { minutes: number } }>(
    '/sessions/:id/age',
    async ({ params, body }, reply) => {
      if (!stripe || !knows(params.id)) return notFound(reply);
      stripe.timeTravel(params.id, body.minutes);
      return reply.code(204).send();
    },
  );
  app.post<{ Params: { id: string } }>('/sessions/:id/expire', async ({ params }, reply) => {
    if (!stripe || !knows(params.id)) return notFound(reply);
    if (stripe.session(params.id).status === 'open') stripe.expire(params.id);
    return reply.code(204).send();
  });
}

function registerDisputes(app: FastifyInstance, { doubles: { stripe } }: ControlOptions): void {
  app.get('/disputed-sessions', () => Promise.resolve(stripe?.disputedSessionIds ?? []));
  app.post<{ Params: { id: string }; Body: { word: BankWord } }>(
    '/sessions/:id/dispute',
    async ({ params, body }, reply) => {
      const isDone = stripe?.disputeSession(params.id, body.word) ?? false;
      return reply.code(isDone ? 204 : 404).send();
    },
  );
}

const notFound = (reply: FastifyReply): FastifyReply => reply.code(404).send();
