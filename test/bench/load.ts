import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { columnNames } from '../../src/db/tables.ts'
import { type BackfillRun, runBackfill } from './backfill.ts'
import { atLeast, median, type Part, tell } from './figure.ts'
import type { Ground } from './ground.ts'
import { type ProcessorTime, readFamily, readMachine, readProcess, spentSince } from './processor.ts'
import { copyFile, type FileLoad } from './psql.ts'
import { type RecordedVenue, startRecordedVenue } from './recorded-venue.ts'

/** Three months under nine names each: 1,088,640 candles. */
const COPIES = 9

interface OurLoad extends BackfillRun {
  readonly venueProcessor: ProcessorTime
  readonly serverProcessor: ProcessorTime
  /** All of it, whoever else was busy included: on a quiet machine the sum of the others here. */
  readonly machineProcessor: ProcessorTime
}
interface TheirLoad extends FileLoad {
  readonly serverProcessor: ProcessorTime
  readonly machineProcessor: ProcessorTime
}
interface Pair {
  readonly ours: OurLoad
  readonly theirs: TheirLoad
}

/**
 * From a venue without limits to committed rows, against psql's `\copy` of the very same rows.
 *
 * One run of ours comes first and counts for nothing: it warms the venue and leaves the rows that are written to
 * psql's file, in the order of the key, which suits it best. Then both load the same table in turn, emptied each
 * time, and each pair begins with the other one. The ratio takes our own summary's seconds (connecting, listing,
 * planning, coverage and the check at the end included) against psql's `\timing` (the statement alone); beside it
 * stands process against process.
 */
export async function measureLoad(ground: Ground, { isQuick }: { readonly isQuick: boolean }): Promise<Part> {
  await using venue = await startRecordedVenue(COPIES)
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'perpctl-bench-rows-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'ohlcv.tsv')
  await ground.clear()
  await loadOurs(ground, venue)
  const rows = await ground.countCandles()
  await exportCandles(ground, file)
  const pairs: Pair[] = []
  for (let at = 0; at < (isQuick ? 1 : 5); at += 1)
    pairs.push(await loadPair(ground, venue, file, at % 2 === 1))
  return { figures: compare(pairs, rows), details: { rows, venue: venue.origin, pairs } }
}

function compare(pairs: readonly Pair[], rows: number) {
  const ratios = pairs.map(({ ours, theirs }) => theirs.seconds / ours.seconds)
  const processRatios = pairs.map(({ ours, theirs }) => theirs.processSeconds / ours.processSeconds)
  const speed = (seconds: readonly number[]): number => rows / median(seconds)
  return [
    atLeast(1, 'b. venue to committed rows ÷ psql \\copy', median(ratios), 'ratio'),
    tell('b. the same, process against process', median(processRatios), 'ratio'),
    tell('b. perpctl', speed(pairs.map(({ ours }) => ours.seconds)), 'rows/s'),
    tell('b. psql', speed(pairs.map(({ theirs }) => theirs.seconds)), 'rows/s'),
  ]
}

async function loadPair(
  ground: Ground,
  venue: RecordedVenue,
  file: string,
  isReversed: boolean,
): Promise<Pair> {
  if (isReversed) {
    const theirs = await loadTheirs(ground, file)
    return { ours: await loadOurs(ground, venue), theirs }
  }
  const ours = await loadOurs(ground, venue)
  return { ours, theirs: await loadTheirs(ground, file) }
}

async function loadOurs(ground: Ground, venue: RecordedVenue): Promise<OurLoad> {
  await ground.clear()
  await venue.forget()
  const [venueBefore, server, machine] = [readProcess(venue.pid), readFamily(ground.serverPid), readMachine()]
  const run = await runBackfill({ ...venue, databaseUrl: ground.url, venueUrl: venue.restUrl })
  const venueProcessor = spentSince(venueBefore, readProcess(venue.pid))
  return { ...run, venueProcessor, ...spentAround(ground, server, machine) }
}

async function loadTheirs(ground: Ground, file: string): Promise<TheirLoad> {
  await ground.clear()
  const [server, machine] = [readFamily(ground.serverPid), readMachine()]
  const load = await copyFile(ground.url, file)
  return { ...load, ...spentAround(ground, server, machine) }
}

const spentAround = ({ serverPid }: Ground, server: ProcessorTime, machine: ProcessorTime) => ({
  serverProcessor: spentSince(server, readFamily(serverPid)),
  machineProcessor: spentSince(machine, readMachine()),
})

async function exportCandles({ sql }: Ground, file: string): Promise<void> {
  const columns = columnNames('ohlcv').join(', ')
  const rows = await sql
    .unsafe(`copy (select ${columns} from ohlcv order by venue, symbol, ts) to stdout`)
    .readable()
  await pipeline(rows, createWriteStream(file))
}
