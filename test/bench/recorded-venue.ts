import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { startBinanceSimulator } from '../../src/sim/binance/index.ts'
import { FEBRUARY, FEBRUARY_SYMBOLS, hasRecorded, RECORDED } from '../helpers/recorded.ts'
import { startVenue, type VenueProcess } from './venue-process.ts'

/** Long after the last row: nothing is too new to be final. */
const LATER = '2026-03-02'

/** A venue without limits that serves months from files, which costs it less than to make them up. */
export interface RecordedVenue extends VenueProcess {
  readonly symbols: readonly string[]
  readonly since: string
  readonly until: string
  /** What is served: `recorded` months, or months `made` from a seed where the recorded ones are not there. */
  readonly origin: 'recorded' | 'made'
}

/** The three months under `copies` names each: `LTC1USDT`, `LTC2USDT` … */
export async function startRecordedVenue(copies: number): Promise<RecordedVenue> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'perpctl-bench-data-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  // Alone in their folder: the venue also looks for funding rates beside it.
  const candles = join(folder, 'data', 'candles')
  await mkdir(candles, { recursive: true })
  const symbols: string[] = []
  for (const symbol of FEBRUARY_SYMBOLS) {
    const file = hasRecorded ? `${RECORDED}/klines-1m/${symbol}-1m-2026-02.csv.gz` : join(folder, symbol)
    if (!hasRecorded) await makeMonth(symbol, file)
    for (let copy = 1; copy <= copies; copy += 1) {
      const name = symbol.replace(/USDT$/, `${copy}USDT`)
      symbols.push(name)
      await symlink(file, join(candles, `${name}-1m-2026-02.csv.gz`))
    }
  }
  const venue = stack.use(await startVenue(['--no-limits', '--data', join(folder, 'data'), '--start', LATER]))
  const resources = stack.move()
  return {
    ...venue,
    symbols,
    ...FEBRUARY,
    origin: hasRecorded ? 'recorded' : 'made',
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

async function makeMonth(symbol: string, file: string): Promise<void> {
  const window = { from: Date.parse(FEBRUARY.since), to: Date.parse(FEBRUARY.until) }
  await using simulator = await startBinanceSimulator({ clock: { startAt: window.to } })
  const lines = simulator.truth.candles(symbol, window).map((row) => row.join(','))
  await writeFile(file, gzipSync(`${lines.join('\n')}\n`))
}
