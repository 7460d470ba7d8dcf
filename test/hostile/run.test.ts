import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/lib/model/window.ts'
import { createWorld } from '../helpers/world.ts'
import { deep } from './changes.ts'
import { startLiar } from './liar.ts'

const FROM = Date.UTC(2026, 1, 1)
const RANGE = ['--since', '2026-02-01', '--until', '2026-02-01T01:00Z']
const ARGS = ['backfill', 'ohlcv', '--symbols', 'BTCUSDT', ...RANGE]
const ODD = FROM + 17 * MINUTE

interface Case {
  readonly name: string
  readonly endpoint: string
  /** Of the whole answer. */
  readonly lie: (answer: never) => unknown
  readonly code: number
  /** Candles after the run, of sixty. */
  readonly candles: number
  /** Kinds of what is recorded as gone wrong. */
  readonly types: readonly string[]
  /** On stderr. */
  readonly says?: RegExp
}

const oddRow = (edit: (row: unknown[]) => unknown) => (rows: readonly unknown[][]) =>
  rows.map((row) => (row[0] === ODD ? edit(row) : row))
const scaled = (factor: number) => (answer: { serverTime: number }) => ({
  serverTime: answer.serverTime * factor,
})

const CASES: readonly Case[] = [
  {
    name: 'time in microseconds',
    endpoint: 'time',
    lie: scaled(1_000),
    code: 75,
    candles: 0,
    types: ['payload', 'venue_unavailable'],
    says: /does not do its work: binance \/fapi\/v1\/time/,
  },
  {
    name: 'time in seconds',
    endpoint: 'time',
    lie: scaled(1 / 1_000),
    code: 75,
    candles: 0,
    types: ['payload', 'venue_unavailable'],
    says: /does not do its work: binance \/fapi\/v1\/time/,
  },
  {
    name: 'odd entries in the list of instruments',
    endpoint: 'exchangeInfo',
    lie: (info: { symbols: { symbol: string }[] }) => ({
      ...info,
      symbols: [
        null,
        { ...info.symbols[1], symbol: 'A\u0000USDT' },
        { ...info.symbols[1], symbol: 'B\ud800USDT' },
        { ...info.symbols[1], symbol: 'CUSDT', onboardDate: 1e300, filters: [null], extra: 'a\u0000' },
        { ...info.symbols[1], symbol: 'DUSDT', extra: '@' },
        info.symbols[0],
        ...info.symbols,
      ],
    }),
    code: 0,
    candles: 60,
    types: ['bad_entry'],
  },
  {
    name: 'a row that lost a slot, each time',
    endpoint: 'klines',
    lie: oddRow((row) => row.toSpliced(5, 1)),
    code: 3,
    candles: 59,
    types: ['bad_row'],
  },
  {
    name: 'a row of a depth without end, each time',
    endpoint: 'klines',
    lie: oddRow((row) => row.with(3, '@')),
    code: 3,
    candles: 59,
    types: ['bad_row'],
  },
  {
    name: 'a hundred thousand bad rows, each time',
    endpoint: 'klines',
    lie: () => Array(100_000).fill([ODD, 'odd']),
    code: 3,
    candles: 0,
    types: ['payload', 'request_failed'],
  },
  {
    name: 'a mark price that is an object, each time',
    endpoint: 'fundingRate',
    lie: (rates: readonly object[]) => rates.map((rate) => ({ ...rate, markPrice: {} })),
    code: 3,
    candles: 60,
    types: ['bad_row'],
  },
]

describe.concurrent('a backfill from a venue with', () => {
  it.each(CASES)(
    '$name ends with $code, and the next run of a sound one is whole',
    async (one) => {
      await using world = await createWorld({ clock: { startAt: FROM + 24 * HOUR } })
      await using liar = await startLiar(world.simulator.restUrl)
      liar.tell((answer) => deep(JSON.stringify(one.lie(answer as never))), [one.endpoint])
      const run = () => world.run(ARGS, { PERPCTL_BINANCE_REST_URL: liar.url })
      const count = async (): Promise<number> => {
        const [row] = await world.database.sql<{ count: number }[]>`select count(*)::int from ohlcv`
        return row?.count ?? 0
      }
      const first = await run()
      expect(first.stderr).not.toContain('    at ')
      if (one.says) expect(first.stderr).toMatch(one.says)
      expect([first.code, await count()]).toEqual([one.code, one.candles])
      const types = await world.database.sql<{ type: string }[]>`
      select distinct error_type as type from perp_errors order by 1`
      expect(types.map(({ type }) => type)).toEqual(one.types)
      liar.tell(undefined)
      expect([(await run()).code, await count()]).toEqual([0, 60])
    },
    180_000,
  )
})
