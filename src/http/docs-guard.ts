import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiKeys } from '../access/api-keys.js';
import type { AppConfig } from '../config/app-config.js';

const DOCS = /^\/api\/docs(?:[/?#-]|$)/i;

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
      if (!DOCS.test(request.url)) return;
      const key = keyOf(request.headers.authorization ?? '');
      if (keys.roleOf(key) === 'admin') return;
      await reply
        .status(401)
        .header('www-authenticate', 'Basic realm="GarageConnect API", charset="UTF-8"')
        .type('application/problem+json')
        .send({
          type: 'about:blank',
          title: 'Unauthorized',
          status: 401,
          code: 'unauthorized',
          detail: 'The documentation needs an admin key.',
        });
    });
}

function keyOf(authorization: string): string {
  const [, scheme, value] = /^(Bearer|Basic) (\S+)$/i.exec(authorization) ?? [];
  if (!scheme || !value) return '';
  if (scheme.toLowerCase() === 'bearer') return value;
  const credentials = Buffer.from(value, 'base64').toString('utf8');
  return credentials.slice(credentials.indexOf(':') + 1);
}
