import { describe, expect, it } from 'vitest'
import {
  FEBRUARY,
  FEBRUARY_SYMBOLS,
  hashOf,
  hasRecorded,
  RECORDED,
  recordedFebruary,
  storedCandles,
} from '../helpers/recorded.ts'
import { askedCandles, createWorld } from '../helpers/world.ts'

const ARGS = [
  'backfill',
  'ohlcv',
  '--symbols',
  FEBRUARY_SYMBOLS.join(','),
  '--since',
  FEBRUARY.since,
  '--until',
  FEBRUARY.until,
]

describe.runIf(hasRecorded)(
  'three real months (skipped where the recorded data are not beside the project)',
  () => {
    it('are stored to the digit, within the limits, and a second run asks for nothing', async () => {
      await using world = await createWorld({ dataFolder: RECORDED })
      const first = await world.run([...ARGS, '--json'])
      expect(first.stderr).not.toContain('rror')
      expect(first.code).toBe(0)
      expect(JSON.parse(first.stdout)).toMatchObject({
        status: 'Completed',
        symbols: 3,
        rowsInserted: 120_960 + 3 * 84,
        rowsUpdated: 0,
        errors: 0,
        warnings: 0,
        failed: [],
        missingMinutes: 0,
        absentMinutes: 0,
      })
      const [expected, stored] = [recordedFebruary(), await storedCandles(world.database.sql)]
      expect(expected).toHaveLength(120_960)
      expect(hashOf(stored)).toBe(hashOf(expected))

      const { violations } = world.simulator.stats()
      expect(violations).toEqual({ limited: 0, whileBanned: 0 })
      expect(askedCandles(world.simulator)).toHaveLength(243)

      const before = world.simulator.stats().recorded.length
      const second = await world.run([...ARGS, '--json'])
      expect(second.code).toBe(0)
      expect(JSON.parse(second.stdout)).toMatchObject({ requests: 0, rowsInserted: 0, rowsUpdated: 0 })
      const asked = world.simulator
        .stats()
        .recorded.slice(before)
        .map(({ path }) => path)
      expect(asked.filter((path) => /klines|fundingRate/.test(path))).toEqual([])
    })

    it('hold the funding rates with the times as sent', async () => {
      await using world = await createWorld({ dataFolder: RECORDED })
      await world.run(ARGS)
      const rows = await world.database.sql<{ line: string }[]>`
      select concat_ws(',', symbol, (extract(epoch from ts) * 1000)::bigint, rate, (extract(epoch from venue_ts) * 1000)::bigint,
        coalesce(mark_price::text, 'null')) as line from funding_rates`
      const window = { from: Date.parse(FEBRUARY.since) - 30_000, to: Date.parse(FEBRUARY.until) - 30_000 }
      const expected = FEBRUARY_SYMBOLS.flatMap((symbol) =>
        world.simulator.truth.funding(symbol, window).map((row) => {
          const minute = Math.round(row.fundingTime / 60_000) * 60_000
          return [symbol, minute, row.fundingRate, row.fundingTime, row.markPrice || 'null'].join(',')
        }),
      )
      expect(expected).toHaveLength(252)
      expect(rows.map(({ line }) => line).toSorted()).toEqual(expected.toSorted())
    })
  },
)
