import { ConfigurationError } from '../../../lib/errors.ts'
import { MINUTE, type Window } from '../../../lib/model/window.ts'
import { type CandleBlock, pickRows, rowAt } from '../candle-block.ts'
import type { CandleSource } from '../candle-source.ts'
import { type RecordedFile, readHead, readRecorded } from './files.ts'
import { findTimeProblem, refuseLine } from './refuse-line.ts'

export type DecodedRows = Omit<CandleBlock, 'window'>

/** Turns the text of a file into rows of the venue's wire form, in the file's order. */
export type DecodeFile = (csv: Buffer, file: RecordedFile) => DecodedRows

interface Timeline {
  readonly files: readonly { readonly file: RecordedFile; readonly window: Window }[]
  readonly life: Window
}

/** Candles of recorded files, read when they are asked for; a block is one file. */
export function createRecordedCandles(
  candles: ReadonlyMap<string, readonly RecordedFile[]>,
  decode: DecodeFile,
): CandleSource {
  const timelines = new Map<string, Timeline>()
  // A timeline reads its last file to know where it ends: most often that file is asked for next.
  let latest: { readonly path: string; readonly rows: DecodedRows } | undefined
  const load = (file: RecordedFile): DecodedRows => {
    if (latest?.path !== file.path)
      latest = { path: file.path, rows: inOrder(decode(readRecorded(file.path), file)) }
    return latest.rows
  }

  function timelineOf(symbol: string): Timeline | undefined {
    const files = candles.get(symbol)
    if (!files) return undefined
    const known = timelines.get(symbol) ?? createTimeline(files, load)
    timelines.set(symbol, known)
    return known
  }

  function partAt(symbol: string, ts: number) {
    const part = timelineOf(symbol)?.files.findLast(({ window }) => window.from <= ts)
    if (!part) throw new RangeError(`${symbol} has no recorded candles at ${ts}`)
    return part
  }

  return {
    life: (symbol) => timelineOf(symbol)?.life,
    blockStart: (symbol, ts) => partAt(symbol, ts).window.from,
    block: (symbol, ts) => {
      const { file, window } = partAt(symbol, ts)
      return clip({ ...load(file), window })
    },
  }
}

function createTimeline(files: readonly RecordedFile[], load: (file: RecordedFile) => DecodedRows): Timeline {
  const starts = files
    .map((file) => ({ file, from: firstOpenTime(file) }))
    .toSorted((a, b) => a.from - b.from)
  const last = starts.at(-1)
  const first = starts.at(0)
  if (!last || !first) throw new RangeError('a timeline needs a file')
  const end = (load(last.file).openTimes.at(-1) ?? last.from) + MINUTE
  return {
    files: starts.map(({ file, from }, index) => ({
      file,
      window: { from, to: starts[index + 1]?.from ?? end },
    })),
    life: { from: first.from, to: end },
  }
}

/** The earliest time in the first lines: some files have a header, some are not sorted. */
function firstOpenTime(file: RecordedFile): number {
  const lines = readHead(file.path).toString('latin1').split('\n')
  const times = lines.flatMap((line, at) => {
    const [time] = /^\d+(?=,)/.exec(line) ?? []
    const problem = time === undefined ? undefined : findTimeProblem(time)
    if (problem !== undefined) refuseLine(file.path, at + 1, problem)
    return time === undefined ? [] : [Number(time)]
  })
  if (times.length > 0) return Math.min(...times)
  const hint = 'expected lines of open time, open, high, low, close, volume … separated by commas'
  throw new ConfigurationError(`${file.path} does not begin with recorded candles`, { hint })
}

/** Two files may overlap: the later one has the word. */
function clip(block: CandleBlock): CandleBlock {
  const end = rowAt(block, block.window.to)
  return end === block.openTimes.length ? block : pickRows(block, [...Array(end).keys()])
}

/** Recorded files may be unsorted or hold a row twice. */
function inOrder(block: DecodedRows): DecodedRows {
  const times = block.openTimes
  const isSorted = times.every((ts, row) => row === 0 || ts > (times[row - 1] ?? 0))
  if (isSorted) return block
  const sorted = [...times.keys()].toSorted((a, b) => (times[a] ?? 0) - (times[b] ?? 0))
  const once = sorted.filter((row, index) => index === 0 || times[row] !== times[sorted[index - 1] ?? 0])
  return pickRows({ ...block, window: { from: 0, to: 0 } }, once)
}
