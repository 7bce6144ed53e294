import { DataSource } from 'typeorm';
import { dataSourceOptions } from './src/database/data-source-options.js';

/** For TypeORM's command line: `npm run migration:…` builds first and reads `dist/ormconfig.js`. */
export default new DataSource(
  dataSourceOptions(process.env['DIRECT_URL'] ?? process.env['DATABASE_URL'] ?? ''),
);
