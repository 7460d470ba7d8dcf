import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findCandleFault } from '../../src/lib/archive/candle-cells.ts'
import { findFault } from '../../src/lib/model/candle-rules.ts'
import { CANDLE_COLUMNS } from '../../src/venues/binance/archive/formats.ts'
import { toByteRows } from '../helpers/cells.ts'

const SOUND = [
  '1780272000000',
  '8.9810',
  '8.9820',
  '8.9710',
  '8.9740',
  '17315',
  '1780272059999',
  '155466.8640',
]
const REST = ['397', '7701', '69159.0090', '0']

/** Values around those at which a rule turns, and odd ones. */
const value = fc.oneof(
  { arbitrary: fc.constantFrom('8.9810', '8.9820', '8.9710', '8.9740', '8.98100000000000000001'), weight: 5 },
  fc.constantFrom('0', '0.000', '-1', '', 'x', '1e3', '17315', '155466.8640', '155500.0000', '69159', '7701'),
  fc.constantFrom('8.97400000000000000000', '8.97399999999999999999', 'NaN', '.5', '5.', '9'.repeat(70)),
)

async function check(cells: readonly string[]): Promise<void> {
  const rows = await toByteRows([cells.join(',')], 12)
  const candle = {
    ts: 0,
    open: cells[1] ?? '',
    high: cells[2] ?? '',
    low: cells[3] ?? '',
    close: cells[4] ?? '',
    volume: cells[5] ?? '',
    quoteVolume: cells[7] ?? '',
    trades: /^\d+$/.test(cells[8] ?? '') ? Number(cells[8]) : Number.NaN,
    takerBuyVolume: cells[9] ?? '',
    takerBuyQuoteVolume: cells[10] ?? '',
  }
  expect(findCandleFault(rows, 0, CANDLE_COLUMNS)).toBe(findFault(candle))
}

describe('a candle in cells', () => {
  it('is sound where it is one', async () => {
    const rows = await toByteRows([[...SOUND, ...REST].join(',')], 12)
    expect(findCandleFault(rows, 0, CANDLE_COLUMNS)).toBeUndefined()
  })

  it('breaks the very rules that one of texts does', async () => {
    const changes = fc.array(fc.tuple(fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 10), value), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const cells = [...SOUND, ...REST]
        for (const [at, text] of list) cells[at] = text
        await check(cells)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is told from another by the last of twenty digits', async () => {
    const cells = [...SOUND, ...REST]
    cells[2] = '8.98100000000000000000'
    cells[1] = '8.98100000000000000001'
    const rows = await toByteRows([cells.join(',')], 12)
    expect(findCandleFault(rows, 0, CANDLE_COLUMNS)).toBe('high is below open or close')
  })
})
