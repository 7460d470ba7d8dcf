import { expect, it } from 'vitest'
import { MINUTE } from '../../src/lib/model/window.ts'
import { HistoryFill } from '../../src/lib/stream/history-fill.ts'
import { createHealWorld, START } from './heal-world.ts'

const SYMBOL = { symbol: 'BTCUSDT', isLive: true, listedSince: null }

it('what is streamed is wanted from its first minute on', async () => {
  const { context, store } = createHealWorld()
  const fill = new HistoryFill(context, undefined, () => {})
  fill.add([SYMBOL], START)
  await fill.look()
  const minute = { from: START, to: START + MINUTE }
  expect(
    [...store.wanted].map(([name, { window, cadenceMs }]) => [name, window, cadenceMs / MINUTE]),
  ).toEqual([
    ['ohlcv BTCUSDT', minute, 1],
    ['funding BTCUSDT', minute, 480],
    ['tv BTCUSDT', minute, 1],
  ])
})

it('with --since what lies before it is wanted, too', async () => {
  const { context, store } = createHealWorld()
  const fill = new HistoryFill(context, { ago: 30 * MINUTE }, () => {})
  fill.add([{ ...SYMBOL, listedSince: START - 10 * MINUTE }], START)
  await fill.look()
  // Not before the listing.
  expect(store.wanted.get('ohlcv BTCUSDT')?.window).toEqual({ from: START - 10 * MINUTE, to: START + MINUTE })
  expect(store.wanted.get('tv BTCUSDT')?.window).toEqual({ from: START, to: START + MINUTE })
})
