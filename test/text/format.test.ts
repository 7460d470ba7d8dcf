import { describe, expect, it } from 'vitest'
import { formatDuration } from '../../src/lib/text/durations.ts'
import { formatCount, formatPercent, formatPlural } from '../../src/lib/text/numbers.ts'
import { formatTable } from '../../src/lib/text/table.ts'
import { formatUtc, formatWindow } from '../../src/lib/text/times.ts'
import { breakToWidth, cutToWidth, displayWidth } from '../../src/lib/text/width.ts'

describe('numbers and times', () => {
  it('group digits by thousands', () => {
    expect(formatCount(1204332)).toBe('1,204,332')
    expect(formatPlural(1, 'row')).toBe('1 row')
    expect(formatPlural(2000, 'row')).toBe('2,000 rows')
  })

  it.each([
    [0, '0 %'],
    [0.29, '29 %'],
    [0.9999, '99 %'],
    [1, '100 %'],
    [1.2, '100 %'],
  ])('%d is %s: 100 %% only when all is done', (fraction, text) => expect(formatPercent(fraction)).toBe(text))

  it.each([
    [-5, '0s'],
    [59_999, '59s'],
    [192_000, '3m 12s'],
    [7_500_000, '2h 05m'],
    [273_600_000, '3d 04h'],
    [Number.POSITIVE_INFINITY, '?'],
  ])('%d ms are %s', (ms, text) => expect(formatDuration(ms)).toBe(text))

  it('shows times in UTC', () => {
    const ts = Date.UTC(2026, 1, 1, 13, 52, 44)
    expect(formatUtc(ts)).toBe('2026-02-01 13:52:44 UTC')
    expect(formatWindow({ from: ts, to: ts + 600_000 })).toBe('2026-02-01 13:52 – 14:02')
    expect(formatWindow({ from: ts, to: ts + 86_400_000 })).toBe('2026-02-01 13:52 – 2026-02-02 13:52')
  })
})

describe('width', () => {
  it('counts two columns for Chinese, none for colours and marks', () => {
    expect(displayWidth('币安人生USDT')).toBe(12)
    expect(displayWidth('\u001b[31mred\u001b[39m')).toBe(3)
    expect(displayWidth('e\u0301')).toBe(1)
  })

  it('cuts to the width with an ellipsis, never through a wide glyph', () => {
    expect(cutToWidth('BTCUSDT', 7)).toBe('BTCUSDT')
    expect(cutToWidth('BTCUSDT', 4)).toBe('BTC…')
    expect(cutToWidth('币安人生', 4)).toBe('币…')
    expect(cutToWidth('x', 0)).toBe('')
  })

  it('breaks between words', () => {
    expect(breakToWidth('one two three', 7)).toEqual(['one two', 'three'])
    expect(breakToWidth('extraordinary word', 5)).toEqual(['extr…', 'word'])
  })
})

describe('a table', () => {
  const columns = [
    { title: 'symbol' },
    { title: 'rows', align: 'right' as const },
    { title: 'message', isFlexible: true },
  ]
  const rows = [
    ['BTCUSDT', '1,200', 'the connection was reset'],
    ['币安USDT', '7', 'a\nb'],
  ]

  it('aligns, and cuts nothing in a pipe', () => {
    expect(formatTable(columns, rows)).toEqual([
      'symbol     rows  message',
      'BTCUSDT   1,200  the connection was reset',
      '币安USDT      7  a b',
    ])
  })

  it.each([10, 20, 25, 30, 40, 80])('is never wider than a screen of %d columns', (width) => {
    const lines = formatTable(columns, rows, { width })
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(width)
  })

  it('takes what is missing from the flexible column', () => {
    expect(formatTable(columns, rows, { width: 30 })[1]).toBe('BTCUSDT   1,200  the connecti…')
  })

  it('paints without losing the alignment', () => {
    const paintCell = (text: string, row: number, column: number) =>
      row === 0 && column === 0 ? `<${text}>` : text
    expect(formatTable(columns, rows, { paintCell })[1]).toBe('<BTCUSDT >  1,200  the connection was reset')
  })
})
