import { expect } from 'vitest'
import type { RunningCli } from './cli.ts'
import { eventually } from './stream-world.ts'
import type { World } from './world.ts'

export const START = Date.UTC(2026, 1, 1, 0, 0, 30)
export const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT']
/** Venue minutes for a real second: eight. */
export const RATE = 480
export const FAST = { startAt: START, rate: RATE }

/** A stream of the usual symbols, ended with the test if not before. */
export function startStream(
  stack: AsyncDisposableStack,
  world: World,
  args: readonly string[] = [],
  symbols = SYMBOLS.join(','),
): RunningCli {
  const running = world.start([
    'stream',
    '--symbols',
    symbols,
    '--heartbeat',
    '2s',
    '--stall-timeout',
    '2s',
    '--reconnect-max',
    '1s',
    ...args,
  ])
  stack.defer(() => void running.child.kill('SIGKILL'))
  return running
}

export async function stop({ child, done }: RunningCli, signal: NodeJS.Signals = 'SIGINT') {
  child.kill(signal)
  return await done
}

export const hasCandles = (world: World, count: number): Promise<void> =>
  eventually(async () => {
    const [row] = await world.database.sql<{ count: string }[]>`select count(*) from ohlcv`
    expect(Number(row?.count)).toBeGreaterThanOrEqual(count)
  })

export const typesOf = async ({ database }: World): Promise<Map<string, number>> => {
  const rows = await database.sql<{ type: string; count: number }[]>`
    select error_type as type, count(*)::int as count from perp_errors group by 1`
  return new Map(rows.map(({ type, count }) => [type, count]))
}
