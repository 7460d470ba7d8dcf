import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { ConfigurationError } from '../lib/errors.ts'
import type { Spool, StreamCommit } from '../lib/stream/stream-commit.ts'

const SLOTS = 16
const SQLITE_BUSY = 5
/** What one process may leave on the disk: about a day without a database, of 700 symbols. */
const MAX_BYTES = 1_000_000_000

export interface SpoolOptions {
  /** Made if it is not there, readable by its owner alone. */
  readonly folder: string
  /** What the rows are for: those of one database are never written to another. */
  readonly identity: string
  readonly maxBytes?: number
}

/**
 * Batches in an SQLite file, which only this process has open: a crash loses none that was appended, and what a dead
 * process has left is taken over. The operating system gives the lock of a dead process back.
 */
export class SpoolFile implements Spool, Disposable {
  readonly #database: DatabaseSync
  readonly #maxBytes: number
  #size: number
  #bytes: number

  private constructor(database: DatabaseSync, maxBytes: number) {
    this.#database = database
    this.#maxBytes = maxBytes
    const row = database
      .prepare('select count(*) as size, coalesce(sum(length(body)), 0) as bytes from batches')
      .get()
    this.#size = Number(row?.size)
    this.#bytes = Number(row?.bytes)
  }

  /** Throws `ConfigurationError` where the folder cannot be written to. */
  static async open({ folder, identity, maxBytes = MAX_BYTES }: SpoolOptions): Promise<SpoolFile> {
    const { DatabaseSync } = await import('node:sqlite')
    const slots = Array.from({ length: SLOTS }, (_, at) => join(folder, `${identity}-${at + 1}.sqlite`))
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      for (const path of slots) {
        const database = openSpoolFile(DatabaseSync, path)
        if (!database) continue
        const spool = new SpoolFile(database, maxBytes)
        const others = listFiles(slots.filter((other) => other !== path))
        for (const other of others) spool.#adopt(openSpoolFile(DatabaseSync, other))
        return spool
      }
    } catch (error) {
      throw new ConfigurationError(`rows cannot be kept in ${folder} while the database is away`, {
        cause: error,
        hint: 'choose a folder that you may write to with --home',
      })
    }
    throw new ConfigurationError(`${SLOTS} streams already keep rows in ${folder}`, {
      hint: 'end some of them, or give this one a home of its own with --home',
    })
  }

  get size(): number {
    return this.#size
  }

  append(commits: readonly StreamCommit[]): boolean {
    return this.#appendText(JSON.stringify(commits))
  }

  first(): { id: number; commits: readonly StreamCommit[] } | undefined {
    const row = this.#database.prepare('select id, body from batches order by id limit 1').get()
    if (!row) return undefined
    const commits: StreamCommit[] = JSON.parse(String(row.body))
    return { id: Number(row.id), commits }
  }

  remove(id: number): void {
    const row = this.#database.prepare('select length(body) as bytes from batches where id = ?').get(id)
    if (!row) return
    this.#database.prepare('delete from batches where id = ?').run(id)
    this.#size -= 1
    this.#bytes -= Number(row.bytes)
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  #appendText(body: string): boolean {
    if (this.#bytes + body.length > this.#maxBytes) return false
    try {
      this.#database.prepare('insert into batches (body) values (?)').run(body)
    } catch (error) {
      // A full or broken disk: there is no room, whatever the reason.
      if (error instanceof Error && 'errcode' in error) return false
      throw error
    }
    this.#size += 1
    this.#bytes += body.length
    return true
  }

  /** Killed in between, both have the batch: written twice, it is stored once. */
  #adopt(other: DatabaseSync | undefined): void {
    if (!other) return
    try {
      const oldest = other.prepare('select id, body from batches order by id limit 1')
      const remove = other.prepare('delete from batches where id = ?')
      for (let row = oldest.get(); row; row = oldest.get()) {
        if (!this.#appendText(String(row.body))) return
        remove.run(Number(row.id))
      }
    } finally {
      other.close()
    }
  }
}

const listFiles = (paths: readonly string[]): string[] =>
  paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())

/** Undefined while another process has it. */
export function openSpoolFile(Database: typeof DatabaseSync, path: string): DatabaseSync | undefined {
  const database = new Database(path, { timeout: 0 })
  try {
    database.exec('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full')
    database.exec('create table if not exists batches (id integer primary key, body text not null)')
    // The lock is taken by the first write and held from then on.
    database.exec('begin exclusive; commit')
    return database
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return undefined
    throw error
  }
}
