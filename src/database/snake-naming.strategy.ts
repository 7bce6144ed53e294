import { DefaultNamingStrategy, type Table, type View } from 'typeorm';

/** PostgreSQL cuts longer names off silently, and the schema would then seem to drift for ever. */
const MAX_NAME_BYTES = 63;

/**
 * snake_case, and constraint names equal to those PostgreSQL gives by itself to unnamed constraints
 * (`orders_customer_id_fkey`), columns in the order they are declared: migrations written by hand and
 * the entities agree without either repeating the names. Checks are named in their decorator.
 */
export class SnakeNamingStrategy extends DefaultNamingStrategy {
  override tableName(className: string, customName: string | undefined): string {
    return customName ?? snakeCase(className);
  }

  override columnName(
    property: string,
    customName: string | undefined,
    prefixes: string[],
  ): string {
    return [...prefixes.map(snakeCase), customName ?? snakeCase(property)].join('_');
  }

  override joinColumnName(relation: string, referencedColumn: string): string {
    return snakeCase(`${relation}_${referencedColumn}`);
  }

  override joinTableName(firstTable: string, secondTable: string, firstProperty: string): string {
    return snakeCase(`${firstTable}_${firstProperty.replaceAll('.', '_')}_${secondTable}`);
  }

  override joinTableColumnName(table: string, property: string, column?: string): string {
    return snakeCase(`${table}_${column ?? property}`);
  }

  override primaryKeyName(table: Table | string): string {
    return this.constraintName(table, [], 'pkey');
  }

  override uniqueConstraintName(table: Table | string, columns: string[]): string {
    return this.constraintName(table, columns, 'key');
  }

  override relationConstraintName(table: Table | string, columns: string[]): string {
    return this.constraintName(table, columns, 'key');
  }

  override foreignKeyName(table: Table | string, columns: string[]): string {
    return this.constraintName(table, columns, 'fkey');
  }

  override indexName(table: Table | View | string, columns: string[]): string {
    return this.constraintName(table, columns, 'idx');
  }

  private constraintName(table: Table | View | string, columns: string[], ending: string): string {
    const tableName = this.getTableName(typeof table === 'string' ? table : table.name);
    const name = [tableName, ...columns, ending].join('_');
    if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
      throw new Error(`The name ${name} is too long for PostgreSQL: give a shorter one explicitly`);
    }
    return name;
  }
}

function snakeCase(name: string): string {
  return name
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
