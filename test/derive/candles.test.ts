import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Closes } from '../../src/lib/ports.ts'
import { at, Desk, makeCloses, windowOf } from './desk.ts'

let desk: Desk
beforeAll(async () => {
  desk = await Desk.open()
})
afterAll(() => desk[Symbol.asyncDispose]())
beforeEach(() => desk.clear())

async function collect(chunks: AsyncIterable<Closes>): Promise<{ sizes: number[]; lines: string[] }> {
  const [sizes, lines]: [number[], string[]] = [[], []]
  for await (const { ts, close } of chunks) {
    sizes.push(ts.length)
    for (const [index, time] of ts.entries()) lines.push(`${time} ${close[index]}`)
  }
  return { sizes, lines }
}

const linesOf = (closes: ReadonlyMap<number, string>): string[] =>
  [...closes].map(([minute, close]) => `${at(minute)} ${Number(close)}`)

describe('stored candles', () => {
  it('name their symbols in the order of code units, loaded by hand or only known to be absent', async () => {
    expect(await desk.candles.symbols()).toEqual([])
    for (const symbol of ['b', 'B', '1000X', 'Z', 'É']) await desk.load(symbol, makeCloses(0, 3))
    await desk.put('a', new Map(), [windowOf(0, 5)])
    await desk.database.sql`update ohlcv set venue = 'okx' where symbol = 'Z'`
    expect(await desk.candles.symbols()).toEqual(['1000X', 'B', 'a', 'b', 'É'])
  })

  it('tell where they begin and end, and their first minute in any window', async () => {
    await desk.load('A', new Map([...makeCloses(5, 20), ...makeCloses(40, 60)]))
    await desk.database.sql`insert into mt_index values ('binance', to_timestamp(${at(7) / 1000}), 100, 0)`
    expect(await desk.candles.lives(['A', 'B'])).toEqual(new Map([['A', windowOf(5, 60)]]))
    expect(await desk.candles.lives(['MT'])).toEqual(new Map([['MT', windowOf(7, 8)]]))
    const first = (...windows: [number, number][]) =>
      desk.candles.firstMinute(
        'A',
        windows.map(([from, to]) => windowOf(from, to)),
      )
    expect(await first([0, 5], [20, 40], [45, 50], [55, 56])).toBe(at(45))
    expect(await first([0, 5], [20, 40])).toBeUndefined()
    expect(await first()).toBeUndefined()
  })

  it.each([1, 9_999, 10_000, 10_001, 20_000])(
    'come as %i closes in chunks, doubles exactly',
    async (count) => {
      const closes = makeCloses(0, count)
      await desk.put('A', makeCloses(-5, count + 5))
      const { sizes, lines } = await collect(desk.candles.closes('A', windowOf(0, count)))
      expect(lines).toEqual(linesOf(closes))
      expect(Math.max(...sizes)).toBeLessThanOrEqual(10_000)
      expect(Math.min(...sizes)).toBeGreaterThan(0)
    },
  )

  it('read the nearest double of what is stored, before and after 2000', async () => {
    const closes = new Map([
      [0, '0.1'],
      [1, '0.30000000000000004440892098500626'],
      [2, '123456789012345678901234567890.5'],
      [3, '0.000000000000000000001234567'],
    ])
    await desk.load('A', closes)
    expect((await collect(desk.candles.closes('A', windowOf(0, 9)))).lines).toEqual(linesOf(closes))
    const old = new Map([[-20_000_000, '7']])
    await desk.load('B', old)
    expect((await collect(desk.candles.closes('B', windowOf(-30_000_000, 0)))).lines).toEqual(linesOf(old))
  })

  it('of many symbols come one after the other', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `S${index}`).toSorted()
    for (const [seed, name] of names.entries())
      if (name !== 'S7') await desk.put(name, makeCloses(0, 5_000, seed))
    const seen: string[] = []
    for await (const { symbol, ts, close } of desk.candles.closesOf(names, windowOf(100, 4_900))) {
      seen.push(symbol)
      const expected = [...makeCloses(0, 5_000, names.indexOf(symbol)).values()].slice(100, 4_900).map(Number)
      expect([...close]).toEqual(expected)
      expect([ts[0], ts.at(-1)]).toEqual([at(100), at(4_899)])
    }
    expect(seen).toEqual(names.filter((name) => name !== 'S7'))
    expect(await desk.candles.closesAt(['S7', 'S3', 'S4'], at(4_999))).toEqual(
      new Map(
        ['S3', 'S4'].map((name) => [name, Number(makeCloses(4_999, 5_000, names.indexOf(name)).get(4_999))]),
      ),
    )
  })
})
