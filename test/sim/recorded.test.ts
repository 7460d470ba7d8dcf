import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BinanceSimulator, type KlineRow, startBinanceSimulator } from '../../src/sim/binance/index.ts'
import {
  hashOf,
  hasRecorded,
  RECORDED,
  recordedCandles,
  WITHOUT_RECORDED,
  wireCandles,
} from '../helpers/recorded.ts'
import { ask, askKlines, readKlines } from '../helpers/simulator.ts'

const MINUTE = 60_000
const FROM = Date.UTC(2026, 0, 31, 23, 58)

/** Minute `at` after `FROM` as a line of the archive, all twelve columns. */
const line = (at: number, close = '10.1280'): string => {
  const ts = FROM + at * MINUTE
  return `${ts},10.1130,10.1300,10.1090,${close},38521,${ts + 59_999},389800.3310,1077,28754,290983.0070,0`
}
const HEADER =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perpctl-recorded-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const openTimes = (rows: readonly KlineRow[]): number[] => rows.map((row) => (row[0] - FROM) / MINUTE)

async function readAll(simulator: BinanceSimulator, symbol: string, window: { from: number; to: number }) {
  const rows: KlineRow[] = []
  for (let startTime = window.from; startTime < window.to; startTime += 499 * MINUTE) {
    const endTime = Math.min(startTime + 499 * MINUTE, window.to) - 1
    rows.push(...(await readKlines(simulator, { symbol, startTime, endTime, limit: 499 })))
  }
  return rows
}

describe('a folder of recorded candles', () => {
  it('is served byte for byte, with or without header, packed or not, across files', async () => {
    writeFileSync(join(folder, 'AUSDT-1m-2026-01.csv.gz'), gzipSync(`${HEADER}\n${line(0)}\n${line(1)}\n`))
    writeFileSync(join(folder, 'AUSDT-1m-2026-02.csv'), `${line(2)}\r\n${line(3)}`)
    await using simulator = await startBinanceSimulator({ dataFolder: folder })
    const reply = await askKlines(simulator, { symbol: 'AUSDT', startTime: FROM, limit: 10 })
    const row = (at: number): string => {
      const ts = FROM + at * MINUTE
      return `[${ts},"10.1130","10.1300","10.1090","10.1280","38521",${ts + 59_999},"389800.3310",1077,"28754","290983.0070","0"]`
    }
    expect(reply.text).toBe(`[${[0, 1, 2, 3].map(row).join(',')}]`)
    expect(simulator.now()).toBeGreaterThanOrEqual(FROM + 5 * MINUTE)
    expect(simulator.now()).toBeLessThan(FROM + 6 * MINUTE)
  })

  it('may lack minutes, be unsorted or hold a row twice', async () => {
    writeFileSync(join(folder, 'AUSDT-1m-2026-01.csv'), [line(5), line(0), line(9), line(5)].join('\n'))
    await using simulator = await startBinanceSimulator({ dataFolder: folder })
    expect(openTimes(await readKlines(simulator, { symbol: 'AUSDT', startTime: FROM }))).toEqual([0, 5, 9])
    expect(openTimes(await readKlines(simulator, { symbol: 'AUSDT', endTime: FROM + 8 * MINUTE }))).toEqual([
      0, 5,
    ])
  })

  it('lists what it has and refuses what it has not', async () => {
    writeFileSync(join(folder, 'AUSDT-1m-2026-01.csv'), line(0))
    await using simulator = await startBinanceSimulator({ dataFolder: folder })
    const info = JSON.parse((await ask(`${simulator.restUrl}/fapi/v1/exchangeInfo`)).text)
    expect(info.symbols.map((entry: { symbol: string }) => entry.symbol)).toEqual(['AUSDT'])
    expect(info.symbols[0]).toMatchObject({ pricePrecision: 4, quantityPrecision: 0, onboardDate: FROM })
    expect((await askKlines(simulator, { symbol: 'BTCUSDT' })).status).toBe(400)
  })

  it('serves funding rates that lie in a folder below or beside it', async () => {
    mkdirSync(join(folder, 'klines'))
    mkdirSync(join(folder, 'funding'))
    writeFileSync(join(folder, 'klines', 'AUSDT-1m-2026-02.csv'), line(2))
    writeFileSync(
      join(folder, 'funding', 'AUSDT.csv'),
      `timestamp,symbol,funding_rate\n${FROM + 7},AUSDT,-0.00020954\n`,
    )
    for (const dataFolder of [folder, join(folder, 'klines')]) {
      await using simulator = await startBinanceSimulator({ dataFolder })
      const reply = await ask(`${simulator.restUrl}/fapi/v1/fundingRate`, { symbol: 'AUSDT' })
      expect(reply.text).toBe(
        `[{"symbol":"AUSDT","fundingTime":${FROM + 7},"fundingRate":"-0.00020954","markPrice":""}]`,
      )
    }
  })

  it('of six columns is filled up, always alike, and says so', async () => {
    const six = `open_time_ms,open,high,low,close,volume\n${FROM},95505.4,95505.5,95502.7,95502.7,16.536\n`
    writeFileSync(join(folder, 'BTCUSDT-1m-2026-01.csv'), six)
    const pages = new Set<string>()
    for (let time = 0; time < 2; time += 1) {
      await using simulator = await startBinanceSimulator({ dataFolder: folder })
      pages.add((await askKlines(simulator, { symbol: 'BTCUSDT', startTime: FROM })).text)
      expect(simulator.stats().notes).toContain(
        'BTCUSDT: quote volume, trades and taker volumes are derived, not recorded',
      )
    }
    expect(pages.size).toBe(1)
    const [[row]] = [...pages].map((page) => JSON.parse(page)) as [[KlineRow]]
    expect(row?.slice(0, 7)).toEqual([
      FROM,
      '95505.4',
      '95505.5',
      '95502.7',
      '95502.7',
      '16.536',
      FROM + 59_999,
    ])
    expect(Number(row?.[7])).toBeGreaterThanOrEqual(95_502.7 * 16.536)
    expect(Number(row?.[7])).toBeLessThanOrEqual(95_505.5 * 16.536)
    expect(Number(row?.[9])).toBeLessThanOrEqual(16.536)
  })

  it('that is not there, or empty, or damaged is told by name', async () => {
    await expect(startBinanceSimulator({ dataFolder: join(folder, 'none') })).rejects.toThrow(
      /none does not exist/,
    )
    await expect(startBinanceSimulator({ dataFolder: folder })).rejects.toThrow(/holds no recorded candles/)
    writeFileSync(join(folder, 'AUSDT-1m-2026-01.csv'), `${line(0)}\n${FROM},1,2\n`)
    await expect(startBinanceSimulator({ dataFolder: folder })).rejects.toThrow(
      /AUSDT-1m-2026-01\.csv, line 2: it has 3 columns instead of 12/,
    )
  })

  it.each([
    ['a byte order mark', `\ufeff${line(0)}\n${line(1)}\n`],
    ['a byte order mark and a heading', `\ufeff${HEADER}\n${line(0)}\n${line(1)}\n`],
    ['no heading', `${line(0)}\n${line(1)}`],
    ['lines as Windows ends them', `${HEADER}\r\n${line(0)}\r\n${line(1)}\r\n`],
    ['empty lines at the end', `${HEADER}\n${line(0)}\n${line(1)}\n\n\r\n`],
    ['an empty line between', `${line(0)}\r\n\r\n${line(1)}\n`],
  ])('may have %s', async (_, text) => {
    writeFileSync(join(folder, 'AUSDT-1m-2026-01.csv'), text)
    await using simulator = await startBinanceSimulator({ dataFolder: folder })
    const rows = await readKlines(simulator, { symbol: 'AUSDT', startTime: FROM, limit: 10 })
    expect(wireCandles('AUSDT', rows)).toEqual(
      [0, 1].map((at) => {
        const [ts, open, high, low, close, volume, , quote, trades, base, takerQuote] = line(at).split(',')
        return ['AUSDT', ts, open, high, low, close, volume, quote, trades, base, takerQuote].join(',')
      }),
    )
  })

  const wide = (from: number, to: string) => line(1).split(',').with(from, to).join(',')
  it.each([
    [
      'microseconds',
      `${HEADER}\n${line(0)}\n${wide(0, `${FROM}000`)}\n`,
      'line 3: its time is in microseconds',
    ],
    ['seconds', `${line(0)}\n${wide(0, `${FROM / 1_000}`)}\n`, 'line 2: its time is in seconds'],
    ['no number', `${line(0)}\n\n${wide(4, 'abc')}\n`, 'line 3: column 5 is no number'],
    ['nothing', `${line(0)}\n${wide(4, '')}\n`, 'line 2: column 5 is no number'],
    [
      'half a minute',
      `${line(0)}\n${wide(0, `${FROM + 30_000}`)}`,
      'line 2: its open time is not the beginning',
    ],
    ['quotes', `${line(0)}\n${wide(0, `"${FROM}"`)}\n`, 'line 2: does not begin with a time'],
    ['one column more', `${line(0)}\n${line(1)},0\n`, 'line 2: it has 13 columns instead of 12'],
    ['a second heading', `${HEADER}\n${line(0)}\n${HEADER}\n`, 'line 3: does not begin with a time'],
    ['four columns', `${HEADER}\n${FROM},1,2,3\n`, 'line 2: it has 4 columns'],
  ])('with %s in a line is refused by name and line', async (_, text, told) => {
    writeFileSync(join(folder, 'AUSDT-1m-2026-01.csv'), text)
    await expect(startBinanceSimulator({ dataFolder: folder })).rejects.toThrow(
      `AUSDT-1m-2026-01.csv, ${told}`,
    )
  })

  it('of six columns is refused by the line of the file, too', async () => {
    const six = (at: number, volume: string) => `${FROM + at * MINUTE},2,3,1,2,${volume}`
    const text = `open_time_ms,open,high,low,close,volume\n${six(0, '1.5')}\n\n${six(1, 'x')}\n`
    writeFileSync(join(folder, 'AUSDT-1m-2026-01.csv'), text)
    await expect(startBinanceSimulator({ dataFolder: folder })).rejects.toThrow(
      'AUSDT-1m-2026-01.csv, line 4: column 6 is no number',
    )
  })

  it('that is UTF-16, or cannot be unpacked, is refused by name', async () => {
    const name = join(folder, 'AUSDT-1m-2026-01.csv')
    writeFileSync(name, Buffer.from(`\ufeff${line(0)}\n`, 'utf16le'))
    await expect(startBinanceSimulator({ dataFolder: folder })).rejects.toThrow(
      'AUSDT-1m-2026-01.csv, line 1: the file is UTF-16',
    )
    rmSync(name)
    writeFileSync(`${name}.gz`, 'not packed')
    await expect(startBinanceSimulator({ dataFolder: folder })).rejects.toThrow(
      'AUSDT-1m-2026-01.csv.gz cannot be read',
    )
  })

  it.each([
    ['microseconds', `${FROM + 7}000,AUSDT,0.0001`, 'line 2: its time is in microseconds'],
    ['no rate', `${FROM + 7},AUSDT,`, 'line 2: it has no funding rate'],
    ['a broken line', 'x', 'line 2: does not begin with a time'],
  ])('of funding with %s is told by name and line', async (_, bad, told) => {
    writeFileSync(join(folder, 'AUSDT-1m-2026-01.csv'), line(0))
    mkdirSync(join(folder, 'funding'))
    writeFileSync(join(folder, 'funding', 'AUSDT.csv'), `timestamp,symbol,funding_rate\n${bad}\n`)
    await using simulator = await startBinanceSimulator({ dataFolder: folder })
    const reply = await ask(`${simulator.restUrl}/fapi/v1/fundingRate`, { symbol: 'AUSDT' })
    expect(reply.status).toBe(500)
    expect(reply.text).toContain(`AUSDT.csv, ${told}`)
  })

  it('of funding may begin with a byte order mark and end with empty lines', async () => {
    writeFileSync(join(folder, 'AUSDT-1m-2026-01.csv'), line(0))
    mkdirSync(join(folder, 'funding'))
    writeFileSync(join(folder, 'funding', 'AUSDT.csv'), `\ufeff${FROM + 7},AUSDT,-0.00020954\r\n\r\n`)
    await using simulator = await startBinanceSimulator({ dataFolder: folder })
    const reply = await ask(`${simulator.restUrl}/fapi/v1/fundingRate`, { symbol: 'AUSDT' })
    expect(reply.text).toBe(
      `[{"symbol":"AUSDT","fundingTime":${FROM + 7},"fundingRate":"-0.00020954","markPrice":""}]`,
    )
  })
})

describe('the recorded months', () => {
  beforeEach(({ skip }) => skip(!hasRecorded, WITHOUT_RECORDED))

  it.each(['AVAXUSDT', 'LINKUSDT', 'LTCUSDT'])(
    'of %s come page by page as the file has them',
    async (symbol) => {
      await using simulator = await startBinanceSimulator({
        dataFolder: `${RECORDED}/klines-1m`,
        hasLimits: false,
      })
      const rows = await readAll(simulator, symbol, { from: Date.UTC(2026, 1, 1), to: Date.UTC(2026, 2, 1) })
      expect(rows).toHaveLength(40_320)
      expect(hashOf(wireCandles(symbol, rows))).toBe(hashOf(recordedCandles(symbol)))
    },
  )

  it('go on from one file to the next, and the time between two recordings is empty', async () => {
    await using simulator = await startBinanceSimulator({ dataFolder: RECORDED, hasLimits: false })
    const edge = Date.UTC(2026, 6, 1)
    const rows = await readKlines(simulator, { symbol: 'AVAXUSDT', startTime: edge - 2 * MINUTE, limit: 4 })
    expect(rows.map((row) => row[0])).toEqual([-2, -1, 0, 1].map((at) => edge + at * MINUTE))
    const between = { symbol: 'AVAXUSDT', startTime: Date.UTC(2026, 2, 1), endTime: Date.UTC(2026, 5, 1) - 1 }
    expect(await readKlines(simulator, between)).toEqual([])
    const funding = await ask(`${simulator.restUrl}/fapi/v1/fundingRate`, {
      symbol: 'AVAXUSDT',
      startTime: 0,
      limit: 2,
    })
    expect(JSON.parse(funding.text)).toEqual([
      { symbol: 'AVAXUSDT', fundingTime: 1768233600000, fundingRate: '-0.00020954', markPrice: '' },
      { symbol: 'AVAXUSDT', fundingTime: 1768262400007, fundingRate: '0.00002736', markPrice: '' },
    ])
  })
})
