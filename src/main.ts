import 'reflect-metadata';

/**
 * Maps of what others wrote are of no use to a reader of our log and take fifteen megabytes: the largest
 * packages are loaded before maps are read.
 */
const readsMaps = process.sourceMapsEnabled;
process.setSourceMapsEnabled(false);
await Promise.all([
  import('typeorm'),
  import('@nestjs/schedule'),
  import('@nestjs/swagger'),
  import('@nestjs/typeorm'),
  import('@nestjs/platform-fastify'),
  import('class-transformer'),
  import('class-validator'),
  import('libphonenumber-js/max'),
  import('prom-client'),
]);
process.setSourceMapsEnabled(readsMaps);

const { run } = await import('./run.js');
await run();
