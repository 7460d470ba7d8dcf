import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decodeKlines } from '../../src/sim/binance/recorded-klines.ts'
import { createBinance } from '../../src/venues/binance/index.ts'
import { scanKlines } from '../../src/venues/binance/scan-klines.ts'
import { hasRecorded, RECORDED } from '../helpers/recorded.ts'

const { ohlcv } = createBinance({ binanceRestUrl: 'http://127.0.0.1:1' }).routes
const PAGE = 499
const ANY = { from: 0, to: Number.MAX_SAFE_INTEGER }

const filesIn = (folder: string): string[] =>
  hasRecorded ? readdirSync(`${RECORDED}/${folder}`).map((name) => `${RECORDED}/${folder}/${name}`) : []

describe.runIf(hasRecorded)('recorded months (skipped where they are not beside the project)', () => {
  it.each([...filesIn('klines-1m'), ...filesIn('ohlcv-1m-six-columns')])(
    'have no minute that breaks a rule, read quickly or fully: %s',
    (path) => {
      const [symbol = ''] = path.split('/').at(-1)?.split('-') ?? []
      const decoded = decodeKlines(gunzipSync(readFileSync(path)), { symbol, path, month: '' })
      const rows: unknown[] = JSON.parse(`[${decoded.bytes.toString('latin1').replace(/,$/, '')}]`)
      const [question] = ohlcv?.questions ?? []
      let count = 0
      for (let at = 0; at < rows.length; at += PAGE) {
        const page = rows.slice(at, at + PAGE)
        const scanned = scanKlines(JSON.stringify(page))
        expect(scanned?.rows).toHaveLength(page.length)
        if (at === 0) expect(question?.parse(page, symbol, ANY, ANY)).toEqual(scanned)
        count += scanned?.rows.length ?? 0
      }
      expect(count).toBe(decoded.openTimes.length)
    },
  )
})
