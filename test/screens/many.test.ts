import { describe, expect, it } from 'vitest'
import { formatErrors } from '../../src/commands/report/errors-text.ts'
import { formatSeries } from '../../src/commands/report/series-text.ts'
import { statusText } from '../../src/commands/report/status-text.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import { createMarks } from '../../src/lib/text/marks.ts'
import { createPaint } from '../../src/lib/text/paint.ts'
import { CLOCK, FAILURES, missing, NOW, RUNS, screenOf, wholeSeries } from './scene.ts'

const hole = (minutes: number) => missing({ from: NOW - (minutes + 500) * MINUTE, to: NOW - 500 * MINUTE })
const MANY = Array.from({ length: 700 }, (_, at) => `S${at + 1}USDT`)

describe('700 symbols', () => {
  it('are one line where all is well', () => {
    const series = MANY.map((symbol) => wholeSeries(symbol, 'ohlcv'))
    expect(formatSeries({ venue: 'binance', clock: CLOCK, series, isAll: false }, screenOf(80))).toEqual([
      '700 of 700 series whole, up to 14:37 UTC',
      '700 symbols whole (all of them: --all)',
    ])
  })

  it('are the worst 20: candles that have stopped, then what lacks most, then what is behind', () => {
    const series = MANY.map((symbol, at) =>
      wholeSeries(symbol, at % 2 === 0 ? 'ohlcv' : 'rsi', {
        ...(at < 5 && hole(at + 1)),
        ...(at >= 5 && at < 60 && { state: 'behind', lagSeconds: at * 60 }),
      }),
    )
    const lines = formatSeries({ venue: 'binance', clock: CLOCK, series, isAll: false }, screenOf(80))
    const names = lines.flatMap((line) => /^S\d+USDT/.exec(line) ?? [])
    const stalled = Array.from({ length: 20 }, (_, at) => `S${59 - 2 * at}USDT`)
    expect(names).toEqual(stalled)
    expect(lines).toContain('40 more symbols not whole, 640 symbols whole (all of them: --all)')
    const all = formatSeries({ venue: 'binance', clock: CLOCK, series, isAll: true }, screenOf(80))
    const others = all.flatMap((line) => /^S\d+USDT/.exec(line) ?? []).slice(27, 35)
    expect(others).toEqual([
      'S5USDT',
      'S4USDT',
      'S3USDT',
      'S2USDT',
      'S1USDT',
      'S60USDT',
      'S58USDT',
      'S56USDT',
    ])
  })
})

describe('a screen', () => {
  it('has letters for marks where a terminal has no more than them', () => {
    const series = [
      wholeSeries('BTCUSDT', 'ohlcv'),
      wholeSeries('BTCUSDT', 'oi', { state: 'behind', lagSeconds: 7_200 }),
    ]
    const marks = createMarks({ TERM: 'dumb', LANG: 'en_US.UTF-8' })
    const screen = { width: 80, paint: createPaint(false), marks }
    expect(formatSeries({ venue: 'binance', clock: CLOCK, series, isAll: false }, screen)).toEqual([
      '1 of 2 series whole, up to 14:37 UTC; 1 behind',
      '',
      'symbol   ohlcv  oi',
      'BTCUSDT  ok     2h',
      '',
      'oi open interest',
      '12m, 2h, 3d: so far behind the clock of binance',
    ])
  })

  it.each([
    [{ LANG: 'C' }, 'ok'],
    [{}, 'ok'],
    [{ LANG: 'C', LC_ALL: 'de_DE.utf8' }, '✓'],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, 'ok'],
    [{ LANG: 'en_US.UTF-8', TERM: 'xterm' }, '✓'],
  ])('with %j writes %s', (environment, mark) => expect(createMarks(environment, 'linux').whole).toBe(mark))

  it('lists nothing that is only seen while somebody looks', () => {
    const series = [wholeSeries('BTCUSDT', 'lq/stream')]
    expect(formatSeries({ venue: 'binance', clock: CLOCK, series, isAll: false }, screenOf(80))).toEqual([
      'no data of binance yet',
    ])
  })

  it('tells which runs are there, and only three of those that have ended', () => {
    const [ended, , stream] = RUNS
    const runs = [...Array.from({ length: 6 }, () => ended), stream].filter((run) => run !== undefined)
    const report = { venue: 'binance', clock: CLOCK, runs, series: [], unproven: [], suspects: [] }
    const told = (limit?: number) =>
      statusText(report, { symbols: undefined, limit, all: false, long: false }, screenOf(undefined))
        .split('\n')
        .flatMap((line) => /^(?:running|completed)/.exec(line)?.[0] ?? [])
    expect(told()).toEqual(['running', 'completed', 'completed', 'completed'])
    expect(told(1)).toEqual(['running', 'completed'])
  })

  it('breaks no word of the details of a failure', () => {
    const lines = formatErrors(FAILURES.slice(0, 1), { ...screenOf(50), isVerbose: true })
    expect(lines.slice(4, 7)).toEqual([
      '  { "symbol": "ADAUSDT", "dataset": "ohlcv", "ts":',
      '  "2026-02-01T12:33:00.000Z", "severity": "error"',
      '  }',
    ])
  })
})
