import { describe, expect, it, vi } from 'vitest'
import { argsOf, countAsked, expectCase, prepareCase, rowsIn } from '../helpers/case-run.ts'
import { type BackfillCase, CASE_TIME, CASES } from '../helpers/cases.ts'
import { createWorld } from '../helpers/world.ts'

const NOW = { startAt: CASE_TIME }
const [CANDLES] = CASES as readonly [BackfillCase]

interface Interruption {
  readonly name: string
  readonly signal: NodeJS.Signals
  readonly code: number
  readonly backfill: BackfillCase
}

const INTERRUPTIONS: readonly Interruption[] = [
  ...CASES.map((backfill) => ({ name: backfill.name, signal: 'SIGINT' as const, code: 130, backfill })),
  { name: CANDLES.name, signal: 'SIGTERM', code: 143, backfill: CANDLES },
]

describe.concurrent('an interrupted run', () => {
  it.each(INTERRUPTIONS)(
    'of $name by $signal writes what it has, says Stopped and exits $code; the next one goes on',
    async ({ signal, code, backfill }) => {
      await using world = await createWorld({ clock: NOW })
      await prepareCase(world, backfill)
      const rows = await rowsIn(world, backfill.tables)
      const enough = countAsked(world, backfill) + backfill.soundRequests
      world.simulator.setFaults(
        backfill.faultPaths.map((path) => ({ path, kind: 'slow', ms: 40, after: backfill.soundRequests })),
      )
      const { child, done } = world.start([...argsOf(backfill), '--concurrency', '1'])
      await vi.waitUntil(() => countAsked(world, backfill) > enough, { interval: 1, timeout: 120_000 })
      child.kill(signal)
      const stopped = await done
      expect(stopped.code).toBe(code)
      expect(JSON.parse(stopped.stdout)).toMatchObject({ status: 'Stopped' })
      expect(stopped.stderr).toContain('Stopped')
      const tiers = await world.database.sql`
        select status from perp_status where execution_id = ${JSON.parse(stopped.stdout).executionId} order by task_id`
      expect(tiers.map(({ status }) => status)).toEqual(['Started', 'Running', 'Stopped'])
      const inserted: number = JSON.parse(stopped.stdout).rowsInserted
      expect(await rowsIn(world, backfill.tables)).toBe(rows + inserted)

      world.simulator.setFaults([])
      expect((await world.run(argsOf(backfill))).code).toBe(0)
      await expectCase(world, backfill)
    },
  )

  it('leaves at once at the second signal', async () => {
    await using world = await createWorld({ clock: NOW, faults: [{ path: 'klines', kind: 'hang' }] })
    const { child, done } = world.start(argsOf(CANDLES))
    await vi.waitUntil(() => countAsked(world, CANDLES) > 0, { interval: 5, timeout: 120_000 })
    child.kill('SIGINT')
    child.kill('SIGINT')
    expect((await done).code).toBe(130)
  })
})
