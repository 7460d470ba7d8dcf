import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type ArchiveFile, namesOf, periodAt } from '../../src/venues/binance/archive/layout.ts'
import { hasRecorded, RECORDED, WITHOUT_RECORDED } from '../helpers/recorded.ts'
import { makeZip } from '../helpers/zip-file.ts'
import type { LoadOrder } from './archive-order.ts'

/** A recorded month as a zip whose name can be changed. */
interface Month {
  readonly symbol: string
  readonly from: number
  readonly content: Buffer
}

/**
 * Writes `count` monthly zips of candles into `folder`, in the order of the table's key: the recorded months under other
 * names, about 42,000 rows each.
 */
export async function writeArchiveFiles(folder: string, count: number): Promise<LoadOrder['files']> {
  const months = await readMonths()
  const originals = months.map((month) => {
    const file = fileOf(month, 0)
    return { file, zip: makeZip(namesOf(file).member, month.content) }
  })
  const files: LoadOrder['files'] = []
  for (let at = 0; at < count; at += 1) {
    const [month, original] = [months[at % months.length], originals[at % months.length]]
    if (!month || !original) continue
    const file = fileOf(month, Math.floor(at / months.length))
    const name = namesOf(file)
    await writeFile(join(folder, name.zip), rename(original.zip, namesOf(original.file).member, name.member))
    files.push(file)
  }
  const keyOf = ({ symbol, window }: ArchiveFile): string => `${symbol} ${window.from}`
  return files.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

async function readMonths(): Promise<readonly Month[]> {
  if (!hasRecorded) throw new Error(WITHOUT_RECORDED)
  const names = await readdir(join(RECORDED, 'klines-1m'))
  return Promise.all(
    names.map(async (name) => {
      const [, symbol = '', date = ''] = /^([A-Z]+)USDT-1m-(\d{4}-\d\d)/.exec(name) ?? []
      const content = gunzipSync(await readFile(join(RECORDED, 'klines-1m', name)))
      return { symbol, from: Date.parse(`${date}-01T00:00:00Z`), content }
    }),
  )
}

const fileOf = ({ symbol, from }: Month, copy: number) =>
  ({
    type: 'klines',
    period: 'monthly',
    symbol: `${symbol}${String(copy).padStart(3, '0')}USDT`,
    window: periodAt('monthly', from),
  }) as const satisfies ArchiveFile

/** The name of a member stands in both of its headers, the first one before its data and the other one behind them. */
function rename(zip: Buffer, from: string, to: string): Buffer {
  const renamed = Buffer.from(zip)
  for (const at of [zip.indexOf(from), zip.lastIndexOf(from)]) renamed.write(to, at)
  return renamed
}
