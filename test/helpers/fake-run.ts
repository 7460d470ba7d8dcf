import { setTimeout as sleep } from 'node:timers/promises'
import { RunEventBus, type RunSummary } from '../../src/lib/events.ts'
import { openDisplay } from '../../src/lib/progress/display.ts'

/**
 * A run that never was, to look at the displays: `node test/helpers/fake-run.ts [seconds] [lanes] [tier]`. Ctrl-C ends
 * it as a real run ends.
 */
const [seconds = 12, lanes = 3] = process.argv.slice(2, 4).map(Number)
const interruption = new AbortController()
process.on('SIGINT', () => {
  if (interruption.signal.aborted) process.exit(130)
  interruption.abort()
  bus.emit('run:stopping', { signal: 'SIGINT' })
})

const bus = new RunEventBus((name, error) => process.stderr.write(`${name}: ${String(error)}\n`))
const display = await openDisplay(
  bus,
  { stream: process.stdout, isColored: process.stdout.isTTY },
  process.env.TERM,
)
const steps = seconds * 20
const names = Array.from({ length: lanes }, (_, at) => (at === 0 ? 'direct' : `proxy-${at}`))

bus.emit('run:start', {
  executionId: '6f1c2d3e-0000-4000-8000-000000000000',
  script: 'backfill ohlcv',
  params: {},
})
await sleep(300)
const jobs = [
  { dataset: 'ohlcv' as const, rows: steps * 499, minutes: steps * 499, requests: steps, costs: {} },
  { dataset: 'funding' as const, rows: 0, minutes: steps, requests: Math.ceil(steps / 10), costs: {} },
]
bus.emit('run:plan', { symbols: 30, jobs })
let [requests, rows] = [0, 0]
for (let step = 0; step < steps && !interruption.signal.aborted; step += 1) {
  await sleep(50, undefined, { signal: interruption.signal }).catch(() => {})
  const lane = names[step % names.length] ?? 'direct'
  const dataset = step % 10 === 9 ? 'funding' : 'ohlcv'
  const count = dataset === 'funding' ? 10 : 499
  const symbol = `SYM${step % 30}USDT`
  requests += 1
  rows += count
  bus.emit('page:fetched', {
    lane,
    dataset,
    symbol,
    rows: count,
    window: { from: 0, to: count * 60_000 },
    weight: 2,
    requests: 1,
  })
  bus.emit('lane:state', {
    lane,
    state: step % 100 > 60 && lane === 'proxy-1' ? 'paused' : 'open',
    reason: step % 100 > 60 && lane === 'proxy-1' ? `banned until 14:0${step % 10 > 5 ? 5 : 6}:10 UTC` : null,
    inFlight: 1 + (step % 7),
    budgets: [{ pool: 'request-weight', used: (step * 7) % 2_400, limit: 2_400 }],
  })
  bus.emit('batch:written', {
    rows: count,
    inserted: count,
    updated: 0,
    perDataset: { [dataset]: { rows: count, covered: count * 60_000 } },
    ms: 4,
  })
  if (step === 30) bus.emit('job:retry', { dataset, symbol, attempt: 2, reason: 'the connection was reset' })
  if (step === 40) bus.emit('note', { message: 'SYMUSDT is not listed: did you mean SYM1USDT?' })
}
const summary: RunSummary = {
  symbols: 30,
  requests,
  rowsFetched: rows,
  rowsInserted: rows,
  rowsUpdated: 0,
  errors: 12,
  warnings: 0,
  failed: Array.from({ length: 12 }, (_, at) => ({
    symbol: `SYM${at}USDT`,
    dataset: 'ohlcv' as const,
    reason:
      'binance refused the symbol in every one of its attempts (-1121 Invalid symbol.), near matches: SYM1USDT',
  })),
  missingMinutes: 7,
  unprovenMinutes: 0,
  absentMinutes: 14,
  expiredMinutes: 0,
  seconds,
}
const isStopped = interruption.signal.aborted
const tier = isStopped ? 'Stopped' : process.argv[4] === 'Failed' ? 'Failed' : 'Completed'
const message = isStopped ? 'interrupted by SIGINT' : tier === 'Failed' ? 'no lane is left' : ''
bus.emit('run:done', { tier, summary, message })
await display.close()
