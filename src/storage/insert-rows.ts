import { getTableColumns, sql } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { DbOrTx } from './database.ts';

/** Rows of one statement: others have their turn in between. */
const slice = 500;

/**
 * Inserts many rows, each slice of them as one JSON parameter. The query builder makes a parameter of
 * each value, which blocks the process for half a second for a thousand tasks (measured).
 *
 * @param rows of one shape: a column that only some of them have is null in the others
 */
export async function insertRows<Table extends PgTable>(
  tx: DbOrTx,
  table: Table,
  rows: readonly Table['$inferInsert'][],
): Promise<void> {
  const columns = Object.entries(getTableColumns(table)).filter(([key]) =>
    rows.some((row) => row[key as keyof typeof row] !== undefined),
  );
  const names = sql.join(
    columns.map(([key]) => sql.identifier(toSnakeCase(key))),
    sql`, `,
  );
  const typed = sql.join(
    columns.map(([key, column]) => sql`${sql.identifier(key)} ${sql.raw(column.getSQLType())}`),
    sql`, `,
  );
  for (let start = 0; start < rows.length; start += slice) {
    const given = JSON.stringify(rows.slice(start, start + slice));
    await tx.execute(sql`
      INSERT INTO ${table} (${names})
      SELECT * FROM jsonb_to_recordset(${given}::jsonb) AS given (${typed})`);
  }
}
