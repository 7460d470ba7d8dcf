import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BinanceSimulator, startBinanceSimulator } from '../../../src/sim/binance/index.ts'
import { candleKey, fetchKey, type Listed, list, otherKey } from '../../helpers/archive.ts'

const NOW = Date.UTC(2026, 7, 10, 12)
const BTC = 'data/futures/um/monthly/klines/BTCUSDT/1m/'

let simulator: BinanceSimulator
beforeAll(async () => {
  simulator = await startBinanceSimulator({ clock: { startAt: NOW, rate: 0 } })
})
afterAll(() => simulator.close())

/** All pages, each asked for by what `next` makes of the one before. */
async function listAll(
  query: Record<string, string>,
  next: (page: Listed) => Record<string, string>,
): Promise<Listed[]> {
  const pages = [await list(simulator, query)]
  for (let page = pages[0]; page?.isTruncated; ) {
    page = await list(simulator, { ...query, ...next(page) })
    pages.push(page)
  }
  return pages
}

const keysOf = (pages: readonly Listed[]): string[] =>
  pages.flatMap(({ objects }) => objects.map(({ key }) => key))

describe('the listing', () => {
  it('tells of each file its size, its time and its ETag, and the checksum beside it', async () => {
    const { objects, isTruncated } = await list(simulator, {
      prefix: `${BTC}BTCUSDT-1m-2026-0`,
      delimiter: '/',
    })
    expect(isTruncated).toBe(false)
    expect(objects.map(({ key }) => key)).toEqual(
      ['01', '02', '03', '04', '05', '06', '07'].flatMap((month) => {
        const key = candleKey('BTCUSDT', `2026-${month}`)
        return [key, `${key}.CHECKSUM`]
      }),
    )
    for (const { key, size, etag, modified } of objects.slice(-4)) {
      const { bytes, headers } = await fetchKey(simulator, key)
      expect([bytes.byteLength, headers.get('etag')]).toEqual([size, etag])
      expect(Date.parse(headers.get('last-modified') ?? '')).toBe(Date.parse(modified))
    }
    expect(objects.at(-1)?.modified).toBe('2026-08-03T08:30:00.000Z')
  })

  it('goes on behind the last key without a delimiter, which has no NextMarker', async () => {
    const query = { prefix: BTC, 'max-keys': '50' }
    const pages = await listAll(query, ({ objects, text }) => {
      expect(text).not.toContain('NextMarker')
      return { marker: objects.at(-1)?.key ?? '' }
    })
    const keys = keysOf(pages)
    expect(pages.map(({ objects }) => objects.length)).toEqual([50, 50, 50, 8])
    expect(keys).toEqual(keys.toSorted())
    expect(new Set(keys).size).toBe(2 * 79)
    expect(keys[0]).toBe(candleKey('BTCUSDT', '2020-01'))
  })

  it('goes on at NextMarker with a delimiter, folder by folder', async () => {
    const query = { prefix: 'data/futures/um/daily/klines/', delimiter: '/', 'max-keys': '7' }
    const pages = await listAll(query, ({ next }) => ({ marker: next ?? '' }))
    const prefixes = pages.flatMap((page) => page.prefixes)
    const whole = await list(simulator, { ...query, 'max-keys': '1000' })
    expect(prefixes).toEqual(whole.prefixes)
    expect(new Set(prefixes).size).toBe(prefixes.length)
    expect(prefixes).toEqual(prefixes.toSorted())
    for (const symbol of ['SRMUSDT', 'CVCUSDTSETTLED', 'BTCUSDT_240329', 'MATICUSDT', '币安人生USDT'])
      expect(prefixes).toContain(`data/futures/um/daily/klines/${symbol}/`)
    // Nobody has an index of a contract with a delivery date, nor its funding.
    const others = await list(simulator, {
      ...query,
      prefix: 'data/futures/um/monthly/fundingRate/',
      'max-keys': '1000',
    })
    expect(others.prefixes).not.toContain('data/futures/um/monthly/fundingRate/BTCUSDT_240329/')
  })

  it('in its second version goes on with a token, or after a key', async () => {
    const query = { 'list-type': '2', prefix: BTC, 'max-keys': '60' }
    const pages = await listAll(query, ({ next }) => ({ 'continuation-token': next ?? '' }))
    expect(keysOf(pages)).toHaveLength(2 * 79)
    expect(pages[0]?.text).toContain('<KeyCount>60</KeyCount><MaxKeys>60</MaxKeys>')
    const after = await list(simulator, { ...query, 'start-after': candleKey('BTCUSDT', '2026-06') })
    expect(after.objects.map(({ key }) => key)).toEqual([
      `${candleKey('BTCUSDT', '2026-06')}.CHECKSUM`,
      candleKey('BTCUSDT', '2026-07'),
      `${candleKey('BTCUSDT', '2026-07')}.CHECKSUM`,
    ])
  })

  it('has a thousand entries to a page at most, fewer where the venue is set so', async () => {
    const days = 'data/futures/um/daily/metrics/BTCUSDT/'
    const page = await list(simulator, { prefix: days, 'max-keys': '5000' })
    expect([page.objects.length, page.isTruncated]).toEqual([1_000, true])
    expect(page.objects[0]?.key).toBe(otherKey('BTCUSDT', '2020-09-01', 'metrics'))
    await using small = await startBinanceSimulator({
      clock: { startAt: NOW, rate: 0 },
      archive: { maxKeys: 3 },
    })
    expect((await list(small, { prefix: days })).objects).toHaveLength(3)
  })

  it('knows the types of each frequency, and refuses what it cannot do', async () => {
    const typesOf = async (frequency: string) => {
      const prefix = `data/futures/um/${frequency}/`
      const { prefixes } = await list(simulator, { prefix, delimiter: '/' })
      return prefixes.map((path) => path.slice(prefix.length, -1))
    }
    const candles = ['indexPriceKlines', 'klines', 'markPriceKlines']
    expect(await typesOf('daily')).toEqual([...candles, 'metrics', 'premiumIndexKlines'])
    expect(await typesOf('monthly')).toEqual(['fundingRate', ...candles, 'premiumIndexKlines'])
    expect((await list(simulator, { prefix: 'data/spot/' })).text).toContain(
      '<IsTruncated>false</IsTruncated>',
    )
    await expect(list(simulator, { 'max-keys': 'many' })).rejects.toThrow('InvalidArgument')
    await expect(list(simulator, { delimiter: '-' })).rejects.toThrow('InvalidArgument')
  })
})
