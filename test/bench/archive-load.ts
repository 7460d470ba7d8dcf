import { createWriteStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { gunzipSync } from 'node:zlib'
import { columnNames } from '../../src/db/tables.ts'
import { type ArchiveFile, namesOf, periodAt } from '../../src/venues/binance/archive/layout.ts'
import { hasRecorded, RECORDED, WITHOUT_RECORDED } from '../helpers/recorded.ts'
import { makeZip } from '../helpers/zip-file.ts'
import { type ArchiveLoad, type LoadOrder, runLoader } from './archive-order.ts'
import { atLeast, atMost, median, type Part, tell } from './figure.ts'
import type { Ground } from './ground.ts'
import { copyFile, type FileLoad } from './psql.ts'

/** The recorded months under other names: about a million candles. */
const SYMBOL_MONTHS = 24
const GOAL_MEGABYTES = 200

interface Pair {
  readonly ours: ArchiveLoad
  readonly theirs: FileLoad
}

/**
 * From zips as the archive has them, on the disk, to committed rows, against psql's `\copy` of the very same rows in the
 * order of the key. Both load the same table in turn, emptied each time; each pair begins with the other one. Ours is a
 * process of its own and counts from its first file to its last commit, psql's `\timing` the statement alone.
 */
export async function measureArchiveLoad(
  ground: Ground,
  { isQuick }: { readonly isQuick: boolean },
): Promise<Part> {
  if (!hasRecorded) throw new Error(WITHOUT_RECORDED)
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'perpctl-bench-archive-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const order = { folder, url: ground.url, files: await makeFiles(folder), writes: true }
  await ground.clear()
  const few = await runLoader({ ...order, files: order.files.slice(0, 3) })
  await ground.clear()
  const { rows } = await runLoader(order)
  const file = join(folder, 'ohlcv.tsv')
  await exportCandles(ground, file)
  const pairs: Pair[] = []
  for (let at = 0; at < (isQuick ? 1 : 3); at += 1)
    pairs.push(await loadPair(ground, order, file, at % 2 === 1))
  const reading = await runLoader({ ...order, writes: false })
  return { figures: compare(pairs, rows, reading, few), details: { rows, pairs, reading, few } }
}

async function makeFiles(folder: string): Promise<LoadOrder['files']> {
  const months = await readdir(join(RECORDED, 'klines-1m'))
  const contents = await Promise.all(
    months.map(async (name) => gunzipSync(await readFile(join(RECORDED, 'klines-1m', name)))),
  )
  const files: LoadOrder['files'] = []
  for (let at = 0; at < SYMBOL_MONTHS; at += 1) {
    const month = at % months.length
    const [, symbol = '', date = ''] = /^([A-Z]+)-1m-(\d{4}-\d\d)/.exec(months[month] ?? '') ?? []
    const copy = Math.floor(at / months.length)
    const file = {
      type: 'klines',
      period: 'monthly',
      symbol: symbol.replace('USDT', `${copy}USDT`),
      window: periodAt('monthly', Date.parse(`${date}-01T00:00:00Z`)),
    } as const satisfies ArchiveFile
    const { zip, member } = namesOf(file)
    await writeFile(join(folder, zip), makeZip(member, contents[month] ?? ''))
    files.push(file)
  }
  return files
}

async function exportCandles({ sql }: Ground, file: string): Promise<void> {
  const columns = columnNames('ohlcv').join(', ')
  const rows = await sql
    .unsafe(`copy (select ${columns} from ohlcv order by venue, symbol, ts) to stdout`)
    .readable()
  await pipeline(rows, createWriteStream(file))
}

async function loadPair(ground: Ground, order: LoadOrder, file: string, isReversed: boolean): Promise<Pair> {
  const loadOurs = async (): Promise<ArchiveLoad> => {
    await ground.clear()
    return runLoader(order)
  }
  const loadTheirs = async (): Promise<FileLoad> => {
    await ground.clear()
    return copyFile(ground.url, file)
  }
  if (!isReversed) return { ours: await loadOurs(), theirs: await loadTheirs() }
  const theirs = await loadTheirs()
  return { ours: await loadOurs(), theirs }
}

function compare(pairs: readonly Pair[], rows: number, reading: ArchiveLoad, few: ArchiveLoad) {
  const ratios = pairs.map(({ ours, theirs }) => theirs.seconds / ours.seconds)
  const peaks = pairs.map(({ ours }) => ours.peakMegabytes)
  return [
    atLeast(1.3, 'n. archive to committed rows ÷ psql \\copy', median(ratios), 'ratio'),
    tell('n. archive', rows / median(pairs.map(({ ours }) => ours.seconds)), 'rows/s'),
    tell('n. psql', rows / median(pairs.map(({ theirs }) => theirs.seconds)), 'rows/s'),
    tell('n. archive, read and encoded alone', rows / reading.seconds, 'rows/s'),
    tell('n. peak memory, 3 files', few.peakMegabytes, 'MB'),
    atMost(GOAL_MEGABYTES, `n. peak memory, ${SYMBOL_MONTHS} files`, Math.max(...peaks), 'MB'),
  ]
}
