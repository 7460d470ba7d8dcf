import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { columnNames } from '../../src/db/tables.ts'
import { writeArchiveFiles } from './archive-files.ts'
import { type ArchiveLoad, type LoadOrder, runLoader } from './archive-order.ts'
import { atLeast, atMost, median, type Part, tell } from './figure.ts'
import type { Ground } from './ground.ts'
import { type ProcessorTime, readFamily, spentSince } from './processor.ts'
import { copyFile, type FileLoad } from './psql.ts'

/** The recorded months under other names: about a million candles. */
const SYMBOL_MONTHS = 24
const GOAL_MEGABYTES = 200

interface ServerTime {
  readonly serverProcessor: ProcessorTime
}
interface Pair {
  readonly ours: ArchiveLoad & ServerTime
  readonly theirs: FileLoad & ServerTime
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
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'perpctl-bench-archive-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const order = {
    folder,
    url: ground.url,
    files: await writeArchiveFiles(folder, SYMBOL_MONTHS),
    writes: true,
  }
  await ground.clear()
  const { rows } = await runLoader(order)
  const file = join(folder, 'ohlcv.tsv')
  await exportCandles(ground, file)
  const pairs: Pair[] = []
  for (let at = 0; at < (isQuick ? 1 : 3); at += 1)
    pairs.push(await loadPair(ground, order, file, at % 2 === 1))
  const reading = await runLoader({ ...order, writes: false })
  return { figures: compare(pairs, rows, reading), details: { rows, pairs, reading } }
}

async function exportCandles({ sql }: Ground, file: string): Promise<void> {
  const columns = columnNames('ohlcv').join(', ')
  const rows = await sql
    .unsafe(`copy (select ${columns} from ohlcv order by venue, symbol, ts) to stdout`)
    .readable()
  await pipeline(rows, createWriteStream(file))
}

async function loadPair(ground: Ground, order: LoadOrder, file: string, isReversed: boolean): Promise<Pair> {
  const measure = async <T>(load: () => Promise<T>): Promise<T & ServerTime> => {
    await ground.clear()
    const before = readFamily(ground.serverPid)
    const result = await load()
    return { ...result, serverProcessor: spentSince(before, readFamily(ground.serverPid)) }
  }
  const loadOurs = () => measure(() => runLoader(order))
  const loadTheirs = () => measure(() => copyFile(ground.url, file))
  if (!isReversed) return { ours: await loadOurs(), theirs: await loadTheirs() }
  const theirs = await loadTheirs()
  return { ours: await loadOurs(), theirs }
}

const sum = ({ user, system }: ProcessorTime): number => user + system

function compare(pairs: readonly Pair[], rows: number, reading: ArchiveLoad) {
  const ratios = pairs.map(({ ours, theirs }) => theirs.seconds / ours.seconds)
  const peaks = pairs.map(({ ours }) => ours.peakMegabytes)
  return [
    atLeast(1.3, 'n. archive to committed rows ÷ psql \\copy', median(ratios), 'ratio'),
    tell('n. archive', rows / median(pairs.map(({ ours }) => ours.seconds)), 'rows/s'),
    tell('n. psql', rows / median(pairs.map(({ theirs }) => theirs.seconds)), 'rows/s'),
    tell('n. processor: ours', median(pairs.map(({ ours }) => ours.processorSeconds)), 's'),
    tell('n. processor: the server for us', median(pairs.map(({ ours }) => sum(ours.serverProcessor))), 's'),
    tell(
      'n. processor: the server for psql',
      median(pairs.map(({ theirs }) => sum(theirs.serverProcessor))),
      's',
    ),
    tell('n. archive, read and encoded alone', rows / reading.seconds, 'rows/s'),
    atMost(GOAL_MEGABYTES, `n. peak memory, ${SYMBOL_MONTHS} files`, Math.max(...peaks), 'MB'),
  ]
}
