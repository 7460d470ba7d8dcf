import { createHash } from 'node:crypto'
import type postgres from 'postgres'
import { ConfigurationError, DatabaseError } from '../lib/errors.ts'
import { ownCommand } from '../lib/text/own-command.ts'
import type { Sql } from './connect.ts'
import { MIGRATION_FILES } from './migrations.generated.ts'

export interface MigrationFile {
  readonly name: string
  readonly sql: string
}

export interface MigrationState {
  readonly name: string
  /** Null while it is pending. */
  readonly appliedAt: number | null
}

interface Applied {
  readonly name: string
  readonly checksum: string
  readonly applied_at: number
}

type Session = Sql | postgres.TransactionSql

/** Any number, as long as nothing else takes an advisory lock of it. */
const LOCK = '7065727063746c'
/** The first one with the multiranges of `coverage`. */
const OLDEST_SERVER = 140_000

// A checkout on Windows has other line ends and the same migration.
const checksumOf = (file: MigrationFile): string =>
  createHash('sha256').update(file.sql.replaceAll('\r\n', '\n')).digest('hex')

async function readApplied(sql: Session): Promise<Applied[]> {
  const [table] = await sql<
    { found: boolean }[]
  >`select to_regclass('perpctl_migrations') is not null as found`
  if (!table?.found) return []
  return await sql<Applied[]>`
    select name, checksum, (extract(epoch from applied_at) * 1000)::float8 as applied_at
    from perpctl_migrations order by name`
}

/** The files that wait, in order. Throws where the database is not of this build's history. */
function findPending(applied: readonly Applied[], files: readonly MigrationFile[]): MigrationFile[] {
  const known = new Map(files.map((file) => [file.name, checksumOf(file)]))
  for (const { name, checksum } of applied) {
    if (!known.has(name)) {
      throw new DatabaseError(`the database is newer than this perpctl: it has the migration ${name}`, {
        hint: 'update perpctl',
      })
    }
    if (known.get(name) !== checksum) {
      throw new DatabaseError(`the migration ${name} was changed after it was applied to this database`, {
        hint: 'restore the file: a change to the tables is a new migration',
      })
    }
  }
  const done = new Set(applied.map(({ name }) => name))
  return files.filter(({ name }) => !done.has(name)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** @throws DatabaseError for a server that is too old, ConfigurationError for a database that cannot hold every name */
export async function assertServer(sql: Session): Promise<void> {
  const [row] = await sql<{ number: number; text: string; encoding: string }[]>`
    select current_setting('server_version_num')::int as number, current_setting('server_version') as text,
      current_setting('server_encoding') as encoding`
  if (!row) return
  if (row.number >= OLDEST_SERVER && row.encoding !== 'UTF8') {
    throw new ConfigurationError(
      `the database has the encoding ${row.encoding}: symbols of any script need UTF8`,
      {
        hint: "create one with: create database … encoding 'UTF8' template template0; and name it in DATABASE_URL",
      },
    )
  }
  if (row.number >= OLDEST_SERVER) return
  throw new DatabaseError(`the server is PostgreSQL ${row.text}: perpctl needs 14 or newer`, {
    hint: 'set DATABASE_URL to a newer server, or unset it to use the embedded one',
  })
}

/** One migration and its record in one transaction; under the lock, so that all others wait for it and then see it. */
async function applyNext(sql: Sql, files: readonly MigrationFile[]): Promise<string | undefined> {
  return await sql.begin(async (transaction) => {
    await transaction.unsafe(`select pg_advisory_xact_lock(x'${LOCK}'::bigint)`)
    await transaction`
      create table if not exists perpctl_migrations (
        name text primary key, checksum text not null, applied_at timestamptz not null default now())`
    const [next] = findPending(await readApplied(transaction), files)
    if (!next) return undefined
    try {
      await transaction.unsafe(next.sql)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new DatabaseError(`the migration ${next.name} failed and was undone: ${reason}`, { cause })
    }
    await transaction`insert into perpctl_migrations (name, checksum) values (${next.name}, ${checksumOf(next)})`
    return next.name
  })
}

/**
 * Applies what is pending, each migration in a transaction of its own, and returns the names in the order applied. Any
 * number of processes may do it at once: each migration is applied by one of them.
 *
 * @throws DatabaseError for a failing or changed migration and for a database newer than this build
 */
export async function migrate(
  sql: Sql,
  files: readonly MigrationFile[] = MIGRATION_FILES,
): Promise<readonly string[]> {
  await assertServer(sql)
  // Nothing to do asks for no rights and waits for nobody.
  if (findPending(await readApplied(sql), files).length === 0) return []
  const names: string[] = []
  for (;;) {
    const name = await applyNext(sql, files)
    if (name === undefined) return names
    names.push(name)
  }
}

/** Every migration that this build or the database knows, by name. */
export async function listMigrations(
  sql: Sql,
  files: readonly MigrationFile[] = MIGRATION_FILES,
): Promise<readonly MigrationState[]> {
  const applied = new Map((await readApplied(sql)).map((row) => [row.name, row.applied_at]))
  const names = [...new Set([...files.map(({ name }) => name), ...applied.keys()])].toSorted()
  return names.map((name) => ({ name, appliedAt: applied.get(name) ?? null }))
}

/**
 * Names of the migrations of this build that the database lacks, in order.
 *
 * @throws DatabaseError where the database is not of this build's history
 */
export async function listPending(
  sql: Sql,
  files: readonly MigrationFile[] = MIGRATION_FILES,
): Promise<readonly string[]> {
  return findPending(await readApplied(sql), files).map(({ name }) => name)
}

/** @throws DatabaseError unless the database has exactly the migrations of this build */
export async function assertMigrated(
  sql: Sql,
  files: readonly MigrationFile[] = MIGRATION_FILES,
): Promise<void> {
  const [pending] = await listPending(sql, files)
  if (pending === undefined) return
  throw new DatabaseError(`the database lacks the migration ${pending}`, {
    hint: `run ${ownCommand('db migrate')} first`,
  })
}
