import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { EncodedRows } from '../lib/model/encoded-rows.ts'
import type { Dataset } from '../lib/model/market.ts'
import { COPY_HEADER, COPY_TRAILER, toBinaryRows } from './copy-binary.ts'
import { columnNames, TABLES } from './tables.ts'

/** Of one message: the server takes in a whole one before it reads its first row. */
const MESSAGE_BYTES = 1 << 18

function* cut(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += MESSAGE_BYTES) yield bytes.subarray(at, at + MESSAGE_BYTES)
}

/** Sends rows of a dataset into a table with its columns; tells how many. */
export async function copyInto(
  client: pg.Client,
  table: string,
  dataset: Dataset,
  parts: readonly EncodedRows[],
): Promise<number> {
  const copy = client.query(
    copyFrom(`copy ${table} (${columnNames(dataset).join(', ')}) from stdin (format binary)`),
  )
  const chunks = function* (): Generator<Buffer> {
    yield COPY_HEADER
    for (const rows of parts) yield* cut(toBinaryRows(rows).bytes)
    yield COPY_TRAILER
  }
  await pipeline(Readable.from(chunks(), { objectMode: false, highWaterMark: 1 << 18 }), copy)
  return copy.rowCount ?? 0
}

/** The name of a table of this session that holds these rows, and no others, until the transaction ends. */
export async function stageRows(
  client: pg.Client,
  dataset: Dataset,
  parts: readonly EncodedRows[],
): Promise<string> {
  const { name } = TABLES[dataset]
  const stage = `stage_${name}`
  await client.query(`create temporary table if not exists ${stage} (like ${name}) on commit delete rows`)
  await copyInto(client, stage, dataset, parts)
  return stage
}
