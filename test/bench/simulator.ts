import { Worker } from 'node:worker_threads'
import { startBinanceSimulator } from '../../src/sim/binance/index.ts'

const PAGE_ROWS = 499
const PAGES = 8_000
const SYMBOLS = 40
const MINUTE = 60_000
const FROM = Date.UTC(2025, 0, 1)

export interface SimulatorSpeed {
  readonly pagesPerSecond: number
  readonly rowsPerSecond: number
  readonly megabytesPerSecond: number
  /** By the processor time of the server's thread alone: what an otherwise idle core serves. */
  readonly pagesPerCpuSecond: number
  /** The same for pages that were asked before and are still kept. */
  readonly keptPagesPerCpuSecond: number
  /** How much of that is the system sending bytes. */
  readonly systemShare: number
}

/** Serves pages of 499 candles, each asked once, as a backfill asks; the client runs in another thread. */
export async function measureSimulator(): Promise<SimulatorSpeed> {
  await using simulator = await startBinanceSimulator({
    symbolCount: SYMBOLS,
    hasLimits: false,
    seed: 'bench',
    clock: { startAt: Date.UTC(2026, 6, 1) },
  })
  const port = Number(new URL(simulator.restUrl).port)
  await ask(port, pagesOf(FROM - PAGE_ROWS * MINUTE * 25, 500))
  const { seconds, bytes, cpuSeconds, systemShare } = await serve(port, pagesOf(FROM, PAGES))
  const again = Array.from({ length: 10 }, () => pagesOf(FROM, PAGES / 20)).flat()
  await ask(port, pagesOf(FROM, PAGES / 20))
  const kept = await serve(port, again)
  return {
    pagesPerSecond: Math.round(PAGES / seconds),
    rowsPerSecond: Math.round((PAGES * PAGE_ROWS) / seconds),
    megabytesPerSecond: Math.round(bytes / seconds / 1e6),
    pagesPerCpuSecond: Math.round(PAGES / cpuSeconds),
    keptPagesPerCpuSecond: Math.round(again.length / kept.cpuSeconds),
    systemShare,
  }
}

async function serve(port: number, paths: readonly string[]) {
  const before = process.threadCpuUsage()
  const asked = await ask(port, paths)
  const { user, system } = process.threadCpuUsage(before)
  const systemShare = Number((system / (user + system)).toFixed(2))
  return { ...asked, cpuSeconds: (user + system) / 1e6, systemShare }
}

/** Pages of all symbols in turn. */
function pagesOf(from: number, count: number): string[] {
  const names = [
    'BTC',
    'ETH',
    'AVAX',
    'BCH',
    'XRP',
    'LTC',
    'TRX',
    'ETC',
    'LINK',
    'XLM',
    'ADA',
    'XMR',
    'ATOM',
    'BNB',
    'VET',
  ]
  return Array.from({ length: count }, (_, page) => {
    const symbol = `${names[page % names.length]}USDT`
    const start = from + Math.floor(page / names.length) * PAGE_ROWS * MINUTE
    const end = start + (PAGE_ROWS - 1) * MINUTE
    return `/fapi/v1/klines?symbol=${symbol}&interval=1m&startTime=${start}&endTime=${end}&limit=${PAGE_ROWS}`
  })
}

function ask(port: number, paths: readonly string[]): Promise<{ seconds: number; bytes: number }> {
  const worker = new Worker(new URL('./page-client.ts', import.meta.url), {
    workerData: { port, paths, sockets: 8 },
  })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await measureSimulator())}\n`)
