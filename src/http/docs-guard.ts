import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { UnauthorizedError } from '../access/access.errors.js';
import { ApiKeys } from '../access/api-keys.js';
import { Refusals } from '../access/refusals.js';
import { problemOf } from '../common/problem.js';
import { sendProblem } from '../common/send-problem.js';
import type { AppConfig } from '../config/app-config.js';

/** The page, its parts, and the document as JSON and YAML. */
const DOCS = /^\/api\/docs(?:[/-]|$)/;

const CHALLENGE = 'Basic realm="GarageConnect API", charset="UTF-8"';

/**
 * In production the documentation is for admins: a bearer key, or, since a browser cannot send one by
 * itself, the key as the password of HTTP Basic.
 */
export function guardDocs(app: NestFastifyApplication, config: AppConfig): void {
  if (config.environment !== 'production') return;
  const keys = app.get(ApiKeys);
  const refusals = app.get(Refusals);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', async (request, reply) => {
      // The route that was found: the address that led there can be written in many ways (`%64ocs`).
      if (!DOCS.test(request.routeOptions.url ?? '')) return;
      const key = keyOf(request.headers.authorization ?? '');
      if (keys.roleOf(key) === 'admin') return;
      const refusal: unknown = await refusals
        .refuse(request, new UnauthorizedError())
        .catch((error: unknown) => error);
      const answer = problemOf(refusal);
      if (answer.problem.status === 401) reply.header('www-authenticate', CHALLENGE);
      sendProblem(request, reply, answer);
      // Until it is sent: nothing else may answer.
      await reply;
    });
}

function keyOf(authorization: string): string {
  const [, scheme, value] = /^(Bearer|Basic) (\S+)$/i.exec(authorization) ?? [];
  if (!scheme || !value) return '';
  if (scheme.toLowerCase() === 'bearer') return value;
  const credentials = Buffer.from(value, 'base64').toString('utf8');
  return credentials.slice(credentials.indexOf(':') + 1);
}
