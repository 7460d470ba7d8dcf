import { describe, expect, it } from 'vitest'
import {
  ARCHIVE_TYPES,
  type ArchiveFile,
  type ArchiveType,
  checksumKeyOf,
  coveredBy,
  firstOf,
  folderOf,
  keyOf,
  kindOfSymbol,
  namesOf,
  pathOf,
  periodAt,
  periodsOf,
  readKey,
  symbolOfFolder,
} from '../../src/venues/binance/archive/layout.ts'

const day = (text: string): number => Date.parse(`${text}T00:00:00Z`)
const file = (
  type: ArchiveType,
  period: 'monthly' | 'daily',
  at: string,
  symbol = 'BTCUSDT',
): ArchiveFile => ({
  type,
  symbol,
  period,
  window: periodAt(period, day(at)),
})
const UM = 'data/futures/um'

const KEYS: readonly (readonly [string, ArchiveFile])[] = [
  [`${UM}/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip`, file('klines', 'daily', '2024-01-01')],
  [`${UM}/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2024-02.zip`, file('klines', 'monthly', '2024-02-01')],
  [
    `${UM}/monthly/premiumIndexKlines/BTCUSDT/1m/BTCUSDT-1m-2024-01.zip`,
    file('premiumIndexKlines', 'monthly', '2024-01-01'),
  ],
  [
    `${UM}/daily/markPriceKlines/币安人生USDT/1m/币安人生USDT-1m-2026-02-28.zip`,
    file('markPriceKlines', 'daily', '2026-02-28', '币安人生USDT'),
  ],
  [
    `${UM}/daily/indexPriceKlines/BTCUSDT_240329/1m/BTCUSDT_240329-1m-2024-02-29.zip`,
    file('indexPriceKlines', 'daily', '2024-02-29', 'BTCUSDT_240329'),
  ],
  [
    `${UM}/monthly/fundingRate/BTCUSDT/BTCUSDT-fundingRate-2024-01.zip`,
    file('fundingRate', 'monthly', '2024-01-01'),
  ],
  [`${UM}/daily/metrics/BTCUSDT/BTCUSDT-metrics-2024-01-01.zip`, file('metrics', 'daily', '2024-01-01')],
]

describe('the archive', () => {
  it.each(KEYS)('has a file by this key: %s', (key, one) => {
    expect(keyOf(one)).toBe(key)
    expect(readKey(key)).toEqual({ ...one, isChecksum: false })
    expect(checksumKeyOf(one)).toBe(`${key}.CHECKSUM`)
    expect(readKey(`${key}.CHECKSUM`)).toEqual({ ...one, isChecksum: true })
    const { zip, member } = namesOf(one)
    expect(key.endsWith(`/${zip}`)).toBe(true)
    expect(member).toBe(zip.replace('.zip', '.csv'))
  })

  it.each([
    '',
    `${UM}/daily/klines/BTCUSDT/1m/`,
    `${UM}/daily/klines/BTCUSDT/5m/BTCUSDT-5m-2024-01-01.zip`,
    `${UM}/daily/klines/BTCUSDT/1m/BTCUSDT-5m-2024-01-01.zip`,
    `${UM}/daily/klines/BTCUSDT/1m/ETHUSDT-1m-2024-01-01.zip`,
    `${UM}/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01.zip`,
    `${UM}/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip`,
    `${UM}/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-02-30.zip`,
    `${UM}/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-13-01.zip`,
    `${UM}/daily/klines/BTCUSDT/1m/part-00000-0c0e-c000.zip`,
    `${UM}/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.csv`,
    `${UM}/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip.CHECKSUM.old`,
    `${UM}/daily/klines/BTCUSDT/1m/more/BTCUSDT-1m-2024-01-01.zip`,
    `${UM}/daily/klines/BTCUSDT/BTCUSDT-1m-2024-01-01.zip`,
    `${UM}/daily/fundingRate/BTCUSDT/BTCUSDT-fundingRate-2024-01-01.zip`,
    `${UM}/monthly/metrics/BTCUSDT/BTCUSDT-metrics-2024-01.zip`,
    `${UM}/daily/metrics/BTCUSDT/1m/BTCUSDT-metrics-2024-01-01.zip`,
    `${UM}/daily/bookDepth/BTCUSDT/BTCUSDT-bookDepth-2024-01-01.zip`,
    `${UM}/daily/toString/BTCUSDT/BTCUSDT-toString-2024-01-01.zip`,
    `data/futures/cm/daily/klines/BTCUSD_PERP/1m/BTCUSD_PERP-1m-2024-01-01.zip`,
    `/${UM}/daily/metrics/BTCUSDT/BTCUSDT-metrics-2024-01-01.zip`,
  ])('has no file by this one: %s', (key) => {
    expect(readKey(key)).toBeUndefined()
  })

  it('has each type in the folders that are listed', () => {
    expect(folderOf('klines', 'daily')).toBe(`${UM}/daily/klines/`)
    expect(folderOf('klines', 'daily', 'BTCUSDT')).toBe(`${UM}/daily/klines/BTCUSDT/1m/`)
    expect(folderOf('metrics', 'daily', 'BTCUSDT')).toBe(`${UM}/daily/metrics/BTCUSDT/`)
    expect(symbolOfFolder(`${UM}/daily/klines/BTCUSDT/`, 'klines', 'daily')).toBe('BTCUSDT')
    for (const prefix of [`${UM}/daily/klines/`, `${UM}/daily/klines/a/1m/`, `${UM}/daily/metrics/a/`, 'a/'])
      expect(symbolOfFolder(prefix, 'klines', 'daily')).toBeUndefined()
  })

  it('escapes names in addresses', () => {
    expect(pathOf('data/币安 1/a.zip')).toBe('/data/%E5%B8%81%E5%AE%89%201/a.zip')
  })

  it('parts a window into whole months and days, from the first that there is', () => {
    const window = { from: day('2024-01-31'), to: day('2024-03-01') }
    expect(periodsOf('klines', 'monthly', window).map(({ from }) => new Date(from).toISOString())).toEqual([
      '2024-01-01T00:00:00.000Z',
      '2024-02-01T00:00:00.000Z',
    ])
    expect(periodsOf('metrics', 'daily', window)).toHaveLength(30)
    expect(periodsOf('metrics', 'monthly', window)).toEqual([])
    const old = { from: day('2019-12-01'), to: day('2020-01-02') + 1 }
    expect(periodsOf('klines', 'daily', old).map(({ from }) => from)).toEqual(
      ['2019-12-31', '2020-01-01', '2020-01-02'].map(day),
    )
    expect(periodsOf('klines', 'daily', { from: 5, to: 5 })).toEqual([])
    for (const type of Object.keys(ARCHIVE_TYPES) as ArchiveType[])
      expect(firstOf(type, 'monthly') ?? firstOf(type, 'daily')).toBeGreaterThan(0)
  })

  it('has metrics from five past midnight to midnight', () => {
    expect(coveredBy(file('metrics', 'daily', '2024-01-01'))).toEqual({
      from: day('2024-01-01') + 300_000,
      to: day('2024-01-02') + 300_000,
    })
    expect(coveredBy(file('klines', 'monthly', '2024-02-01'))).toEqual({
      from: day('2024-02-01'),
      to: day('2024-03-01'),
    })
  })

  it('tells perpetuals from what ends', () => {
    const kinds = ['BTCUSDT', '1000SHIBUSDT', 'BTCUSDT_240329', 'CVCUSDTSETTLED', 'BTCUSDC', 'SETTLEDUSDT']
    expect(kinds.map(kindOfSymbol)).toEqual([
      'perpetual',
      'perpetual',
      'delivery',
      'settled',
      'perpetual',
      'perpetual',
    ])
  })
})
