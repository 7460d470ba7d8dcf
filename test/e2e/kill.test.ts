import { describe, expect, it } from 'vitest'
import { argsOf, countAsked, expectCase, expectNothingTwice, prepareCase } from '../helpers/case-run.ts'
import { type BackfillCase, CASES } from '../helpers/cases.ts'
import { createWorld, type World } from '../helpers/world.ts'

const MINUTE = 60_000

/** The same moments in every run of the test: a linear congruential generator. */
function* moments(seed: number, most: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state % most
  }
}

/** Starts a run and kills it once the venue has served `answers` more questions, or lets it end. */
async function runUntilKilled(world: World, backfill: BackfillCase, answers: number): Promise<void> {
  const target = countAsked(world, backfill) + answers
  const { child, done } = world.start([...argsOf(backfill, backfill.long), '--concurrency', '2'])
  const timer = setInterval(() => {
    if (countAsked(world, backfill) >= target) child.kill('SIGKILL')
  }, 1)
  await done
  clearInterval(timer)
}

describe.concurrent.each(CASES)('backfill $name and kill -9', (backfill) => {
  const { long } = backfill

  it(`at ${long.kills} moments, then one more run: the true rows to the digit, and nothing committed asked twice`, async () => {
    await using world = await createWorld(long.options)
    await prepareCase(world, backfill, long)
    const counts = moments(20_260_201, long.mostAnswers)
    for (let kill = 0; kill < long.kills; kill += 1) {
      const { value: count } = counts.next()
      await expectNothingTwice(world, backfill, long.window, () => runUntilKilled(world, backfill, count))
      // A minute later the quota is a new one, at the venue and by what the processes know of it.
      world.simulator.advance(MINUTE)
      await world.database.sql`truncate budgets, budget_holders, budget_spendings`
    }
    await expectNothingTwice(world, backfill, long.window, async () => {
      const { code } = await world.run(argsOf(backfill, long))
      expect(code).toBe(0)
    })
    await expectCase(world, backfill, long)
    const lost = await world.database.sql`select 1 from executions where end_time is null`
    expect(lost.length).toBeGreaterThan(0)
  }, 600_000)
})
