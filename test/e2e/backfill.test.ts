import { describe, expect, it } from 'vitest'
import { intersect } from '../../src/lib/model/window.ts'
import { argsOf, askedOf, countAsked, expectCase, prepareCase, rowsIn } from '../helpers/case-run.ts'
import { CASE_SYMBOL, CASE_TIME, CASES } from '../helpers/cases.ts'
import { createWorld } from '../helpers/world.ts'

const NOW = { startAt: CASE_TIME }

describe.concurrent.each(CASES)('backfill $name', (backfill) => {
  it('stores the exact rows, within the limits, and a second run asks for no data', async () => {
    await using world = await createWorld({ clock: NOW })
    await prepareCase(world, backfill)
    const first = await world.run(argsOf(backfill))
    expect(first.code).toBe(0)
    expect(JSON.parse(first.stdout)).toMatchObject({
      status: 'Completed',
      symbols: 1,
      rowsUpdated: 0,
      errors: 0,
      failed: [],
      missingMinutes: 0,
    })
    await expectCase(world, backfill)
    expect(world.simulator.stats().violations).toEqual({ limited: 0, whileBanned: 0 })

    const asked = countAsked(world, backfill)
    expect(asked).toBeGreaterThan(0)
    const second = await world.run(argsOf(backfill))
    expect(second.code).toBe(0)
    expect(JSON.parse(second.stdout)).toMatchObject({ rowsInserted: 0, rowsUpdated: 0, failed: [] })
    expect(countAsked(world, backfill)).toBe(asked)
    await expectCase(world, backfill)
  })
})

describe.concurrent.each(CASES)('backfill $name --dry-run', (backfill) => {
  it('prints what it would ask for, asks for none of it and writes nothing', async () => {
    await using world = await createWorld({ clock: NOW })
    await prepareCase(world, backfill)
    const { code, stdout } = await world.run([...argsOf(backfill), '--dry-run'])
    expect(code).toBe(0)
    const plan: { jobs: { dataset: string }[]; total: { requests: number } } = JSON.parse(stdout)
    const planned = plan.jobs.map(({ dataset }) => dataset)
    expect(planned).toEqual(expect.arrayContaining([...backfill.datasets]))
    expect(plan.total.requests).toBeGreaterThan(0)
    expect(countAsked(world, backfill)).toBe(0)
    expect(await rowsIn(world, backfill.tables)).toBe(0)
  })
})

describe.concurrent.each(CASES.filter(({ samples }) => samples > 0))(
  'two runs of $name at once, which both look at a sample first',
  (backfill) => {
    it('end well with everything stored', async () => {
      await using world = await createWorld({ clock: NOW })
      await prepareCase(world, backfill)
      const results = await Promise.all([world.run(argsOf(backfill)), world.run(argsOf(backfill))])
      expect(results.map(({ code }) => code)).toEqual([0, 0])
      await expectCase(world, backfill)
    })
  },
)

// Where a run has to look at rows before it knows what they mean, both runs do.
describe.concurrent.each(CASES.filter(({ samples }) => samples === 0))(
  'two runs of $name at once',
  (backfill) => {
    it('never ask for the same minutes, and both end well with everything stored', async () => {
      const scope = { symbols: [CASE_SYMBOL, 'ETHUSDT', 'SOLUSDT'] }
      await using world = await createWorld({ clock: NOW })
      const args = argsOf(backfill, scope)
      const results = await Promise.all([world.run(args), world.run([...args, '--concurrency', '2'])])
      expect(results.map(({ code }) => code)).toEqual([0, 0])
      await expectCase(world, backfill, scope)
      const inserted = results.map(({ stdout }) => JSON.parse(stdout).rowsInserted)
      expect(inserted[0] + inserted[1]).toBe(await rowsIn(world, backfill.tables))
      askedOf(world, backfill).forEach((page, at, asked) => {
        const others = asked
          .slice(at + 1)
          .filter(({ endpoint, symbol }) => endpoint === page.endpoint && symbol === page.symbol)
        expect(intersect([page], others)).toEqual([])
      })
    })
  },
)
