import { expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/lib/model/window.ts'
import { askedCandles, createWorld, type World } from '../helpers/world.ts'

const NOW = Date.UTC(2026, 1, 21, 0, 0, 30)
const CLOSED = NOW - 30_000
const SINCE = CLOSED - 20 * DAY
const MINUTES = (20 * DAY) / MINUTE
const ARGS = ['backfill', 'ohlcv', '--symbols', 'BTCUSDT', '--since', new Date(SINCE).toISOString()]

interface Told {
  readonly dataset: string
  readonly state: string
  readonly wantedFrom: string
  readonly wantedTo: string
  readonly coveredMinutes: number
  readonly missingMinutes: number
}

async function look(world: World): Promise<Told | undefined> {
  const { stdout } = await world.run(['status', '--json'])
  const told: readonly Told[] = JSON.parse(stdout).coverage.symbols
  return told.find(({ dataset }) => dataset === 'ohlcv')
}

it('a run that is killed leaves what it wanted: the missing minutes are told at once, and none after the next run', async () => {
  await using world = await createWorld({ clock: { startAt: NOW, rate: 0 } })
  const { child, done } = world.start([...ARGS, '--concurrency', '1'])
  const timer = setInterval(() => {
    if (askedCandles(world.simulator).length >= 3) child.kill('SIGKILL')
  }, 1)
  await done
  clearInterval(timer)
  const killed = await look(world)
  expect(killed).toMatchObject({
    wantedFrom: new Date(SINCE).toISOString(),
    wantedTo: new Date(CLOSED).toISOString(),
  })
  expect(killed?.missingMinutes).toBe(MINUTES - (killed?.coveredMinutes ?? 0))
  expect(killed?.missingMinutes).toBeGreaterThan(MINUTES / 2)
  expect(killed?.state).toBe('missing')
  const [row] = await world.database.sql<{ missing: number }[]>`
    select missing_minutes as missing from coverage_at(${new Date(NOW).toISOString()}) where dataset = 'ohlcv'`
  expect(row?.missing).toBe(killed?.missingMinutes)
  // The venue's limits are those of another minute.
  world.simulator.advance(HOUR)
  await world.database.sql`truncate budgets, budget_holders, budget_spendings`
  expect((await world.run(ARGS)).code).toBe(0)
  expect(await look(world)).toMatchObject({ state: 'whole', missingMinutes: 0, coveredMinutes: MINUTES + 60 })
})

it('a dry run wants nothing, and what is older than the listing is not missed', async () => {
  await using world = await createWorld({ clock: { startAt: NOW, rate: 0 } })
  expect((await world.run([...ARGS, '--dry-run'])).code).toBe(0)
  expect(await world.database.sql`select 1 from wanted`).toHaveLength(0)
  const late = [
    'backfill',
    'ohlcv',
    '--symbols',
    'BTCUSDT',
    '--since',
    'listing',
    '--until',
    new Date(SINCE).toISOString(),
  ]
  const { child, done } = world.start([...late, '--concurrency', '1'])
  const timer = setInterval(() => {
    if (askedCandles(world.simulator).length >= 2) child.kill('SIGKILL')
  }, 1)
  await done
  clearInterval(timer)
  const [listed] = await world.database.sql<{ onboard: Date }[]>`
    select onboard_ts as onboard from instruments where symbol = 'BTCUSDT'`
  const told = await look(world)
  expect(told?.wantedFrom).toBe(listed?.onboard.toISOString())
})
