import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { AppConfig } from '../config/app-config.js';
import { guardDocs } from './docs-guard.js';

const DESCRIPTION = `Orders, payment links, messages and reminders of a tyre and car-parts shop.

Money is an integer in minor units beside a lower-case ISO 4217 currency; instants are ISO 8601 UTC.
Errors are problem documents (RFC 9457) with a stable \`code\`. Press **Authorize** and enter an API key.`;

/** Swagger UI at /api/docs and the document itself at /api/docs-json. */
export function documentApi(app: NestFastifyApplication, config: AppConfig): void {
  guardDocs(app, config);
  // Made when somebody asks for it first: most processes are never asked, and it delays the start.
  SwaggerModule.setup('api/docs', app, () => documentOf(app, config), {
    jsonDocumentUrl: 'api/docs-json',
    yamlDocumentUrl: 'api/docs-yaml',
    customSiteTitle: 'GarageConnect API',
    swaggerOptions: { persistAuthorization: true, defaultModelsExpandDepth: 0 },
  });
}

const documentOf = (app: NestFastifyApplication, config: AppConfig): OpenAPIObject =>
  SwaggerModule.createDocument(
    app,
    new DocumentBuilder()
      .setTitle('GarageConnect')
      .setDescription(DESCRIPTION)
      .setVersion('1')
      .addServer(config.http.appUrl)
      // The order in which the page shows them: what most callers come for stands first.
      .addTag('orders')
      .addTag('products')
      .addTag('pickup')
      .addTag('reminders')
      .addTag('storefront')
      .addTag('pages')
      .addTag('webhooks')
      .addTag('operations')
      .addBearerAuth({
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'key',
        description: 'An API key',
      })
      .addBearerAuth(
        { type: 'http', scheme: 'bearer', bearerFormat: 'key', description: 'CRON_SECRET' },
        'cron',
      )
      .build(),
  );
