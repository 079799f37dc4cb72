import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { assertMigrated, migrateDatabase } from '../../src/storage/migrate.ts';
import { urlOfDatabase, withAdmin } from '../support/database-admin.ts';

const open: { name: string; pool: pg.Pool }[] = [];
afterAll(async () => {
  for (const { name, pool } of open) {
    await pool.end();
    await withAdmin((admin) => admin.query(`drop database ${name} with (force)`));
  }
});

/** A database with nothing in it. */
async function emptyDatabase(): Promise<pg.Pool> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withAdmin((admin) => admin.query(`create database ${name}`));
  const pool = new pg.Pool({ connectionString: urlOfDatabase(name), max: 12 });
  open.push({ name, pool });
  return pool;
}

const tablesOf = async (pool: pg.Pool): Promise<string[]> => {
  const { rows } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'aurora' order by 1`,
  );
  return rows.map((row) => row.name);
};

describe('migrations', () => {
  test('are applied once, and again change nothing', async () => {
    const pool = await emptyDatabase();
    await expect(assertMigrated(pool)).rejects.toMatchObject({ code: 'database-unmigrated' });
    expect(await migrateDatabase(pool)).toBeGreaterThan(0);
    const tables = await tablesOf(pool);
    expect(tables).toEqual(expect.arrayContaining(['attempts', 'messages', 'runs', 'tasks']));
    await pool.query(`insert into aurora.projects (id, name) values ('prj_x', 'kept')`);
    expect(await migrateDatabase(pool)).toBe(0);
    expect(await tablesOf(pool)).toEqual(tables);
    expect((await pool.query('select name from aurora.projects')).rows).toEqual([{ name: 'kept' }]);
    await assertMigrated(pool);
  });

  test('are applied by one of ten that start at once', async () => {
    const pool = await emptyDatabase();
    const applied = await Promise.all(Array.from({ length: 10 }, () => migrateDatabase(pool)));
    expect(applied.filter((count) => count > 0)).toHaveLength(1);
    await assertMigrated(pool);
    const locks =
      await pool.query(`select 1 from pg_locks where locktype = 'advisory' and database =
      (select oid from pg_database where datname = current_database())`);
    expect(locks.rowCount).toBe(0);
  });

  test('leave a schema alone that is not ours', async () => {
    const pool = await emptyDatabase();
    await pool.query('create schema aurora; create table aurora.northern_lights (seen date)');
    for (const attempt of [migrateDatabase(pool), assertMigrated(pool)]) {
      await expect(attempt).rejects.toMatchObject({ code: 'database-foreign' });
    }
    expect(await tablesOf(pool)).toEqual(['northern_lights']);
  });

  test('leave a database alone whose migrations are others', async () => {
    const pool = await emptyDatabase();
    await migrateDatabase(pool);
    await pool.query(`update aurora.migrations set hash = 'other' where id = 1`);
    await expect(migrateDatabase(pool)).rejects.toMatchObject({ code: 'database-foreign' });
    await expect(assertMigrated(pool)).rejects.toMatchObject({ code: 'database-foreign' });
  });

  test('leave a database alone that a newer Aurora has migrated', async () => {
    const pool = await emptyDatabase();
    await migrateDatabase(pool);
    await pool.query(`insert into aurora.migrations (hash, created_at) values ('newer', 1)`);
    for (const attempt of [migrateDatabase(pool), assertMigrated(pool)]) {
      await expect(attempt).rejects.toMatchObject({ code: 'database-newer' });
    }
  });

  test('are missed where an older Aurora has been', async () => {
    const pool = await emptyDatabase();
    await migrateDatabase(pool);
    await pool.query(
      'delete from aurora.migrations where id = (select max(id) from aurora.migrations)',
    );
    await expect(assertMigrated(pool)).rejects.toMatchObject({
      code: 'database-unmigrated',
      message: expect.stringContaining('aurora migrate') as string,
    });
  });
});
