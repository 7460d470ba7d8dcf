import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { parseDatabaseUrl } from '../../src/db/database-url.ts'
import { columnNames } from '../../src/db/tables.ts'

const COLUMNS = columnNames('ohlcv').join(', ')

/** One load of a file of candles. */
export interface FileLoad {
  readonly tool: 'psql' | 'pg'
  /** The statement alone. */
  readonly seconds: number
  readonly processSeconds: number
}

/** `\copy` by psql; the same COPY over one connection of our own where psql is not installed. */
export async function copyFile(url: string, file: string): Promise<FileLoad> {
  const startedAt = performance.now()
  const output = await runPsql(url, file)
  const processSeconds = (performance.now() - startedAt) / 1_000
  if (output === undefined) return copyOverConnection(url, file)
  const ms = /Time: ([\d.]+) ms/.exec(output)?.[1]
  if (ms === undefined) throw new Error(`psql told no time: ${output}`)
  return { tool: 'psql', seconds: Number(ms) / 1_000, processSeconds }
}

/** Undefined where there is no psql. */
async function runPsql(url: string, file: string): Promise<string | undefined> {
  const { host, port, user = '', password = '', database = '' } = parseDatabaseUrl(url)
  const child = spawn(
    'psql',
    [
      '--no-psqlrc',
      '--set=ON_ERROR_STOP=1',
      '-c',
      '\\timing on',
      '-c',
      `\\copy ohlcv (${COLUMNS}) from '${file}'`,
    ],
    {
      env: {
        PATH: process.env.PATH ?? '',
        PGHOST: host,
        PGPORT: String(port),
        PGUSER: user,
        PGPASSWORD: password,
        PGDATABASE: database,
        PGTZ: 'UTC',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const isMissing = once(child, 'error').then(() => true)
  const output = text(child.stdout)
  const closed = once(child, 'close').then(([code]) => {
    if (code !== 0) throw new Error(`psql ended with exit code ${code}`)
    return false
  })
  return (await Promise.race([isMissing, closed])) ? undefined : output
}

async function copyOverConnection(url: string, file: string): Promise<FileLoad> {
  const client = new pg.Client(parseDatabaseUrl(url))
  await client.connect()
  try {
    const startedAt = performance.now()
    await pipeline(
      createReadStream(file, { highWaterMark: 1 << 18 }),
      client.query(copyFrom(`copy ohlcv (${COLUMNS}) from stdin`)),
    )
    const seconds = (performance.now() - startedAt) / 1_000
    return { tool: 'pg', seconds, processSeconds: seconds }
  } finally {
    await client.end()
  }
}
