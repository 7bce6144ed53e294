import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiKeys } from '../access/api-keys.js';
import type { AppConfig } from '../config/app-config.js';

/** The page, its parts, and the document as JSON and YAML. */
const DOCS = /^\/api\/docs(?:[/-]|$)/;

const UNAUTHORIZED = {
  type: 'about:blank',
  title: 'Unauthorized',
  status: 401,
  code: 'unauthorized',
  detail: 'The documentation needs an admin key.',
};

/**
 * In production the documentation is for admins: a bearer key, or, since a browser cannot send one by
 * itself, the key as the password of HTTP Basic.
 */
export function guardDocs(app: NestFastifyApplication, config: AppConfig): void {
  if (config.environment !== 'production') return;
  const keys = app.get(ApiKeys);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', async (request, reply) => {
      // The route that was found: the address that led there can be written in many ways (`%64ocs`).
      if (!DOCS.test(request.routeOptions.url ?? '')) return;
      const key = keyOf(request.headers.authorization ?? '');
      if (keys.roleOf(key) === 'admin') return;
      await reply
        .status(401)
        .header('www-authenticate', 'Basic realm="GarageConnect API", charset="UTF-8"')
        .header('content-type', 'application/problem+json')
        .header('cache-control', 'no-store')
        // As bytes: Fastify adds a charset to a text, and JSON has none.
        .send(Buffer.from(JSON.stringify(UNAUTHORIZED)));
    });
}

function keyOf(authorization: string): string {
  const [, scheme, value] = /^(Bearer|Basic) (\S+)$/i.exec(authorization) ?? [];
  if (!scheme || !value) return '';
  if (scheme.toLowerCase() === 'bearer') return value;
  const credentials = Buffer.from(value, 'base64').toString('utf8');
  return credentials.slice(credentials.indexOf(':') + 1);
}
