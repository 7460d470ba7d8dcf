import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, inflateRawSync } from 'node:zlib'
import type { BinanceSimulator, KlineRow } from '../../src/sim/binance/index.ts'

const ROOT = 'data/futures/um'

/** `BTCUSDT-1m-2026-06.zip` of the candles and of the prices. */
export const candleKey = (symbol: string, period: string, type = 'klines'): string =>
  `${ROOT}/${frequencyOf(period)}/${type}/${symbol}/1m/${symbol}-1m-${period}.zip`

export const otherKey = (symbol: string, period: string, type: 'metrics' | 'fundingRate'): string =>
  `${ROOT}/${frequencyOf(period)}/${type}/${symbol}/${symbol}-${type}-${period}.zip`

const frequencyOf = (period: string): string => (period.length > 7 ? 'daily' : 'monthly')

export interface FetchedFile {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
}

export async function fetchKey(simulator: BinanceSimulator, key: string): Promise<FetchedFile> {
  const response = await fetch(`${simulator.archiveUrl}/${encodeURI(key)}`)
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  }
}

export interface Member {
  readonly name: string
  readonly content: string
  /** Whether the sum over the content is the one that the zip tells. */
  readonly isSound: boolean
}

/** The one member of a zip, read by its local header. */
export function unzip(zip: Buffer): Member {
  if (zip.readUInt32LE(0) !== 0x04034b50) throw new Error('not a zip')
  const start = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28)
  const content = inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(18)))
  return {
    name: zip.toString('utf8', 30, 30 + zip.readUInt16LE(26)),
    content: content.toString(),
    isSound: crc32(content) === zip.readUInt32LE(14) && content.byteLength === zip.readUInt32LE(22),
  }
}

/** What another reader of zips makes of it: name, content; throws where that finds it broken. */
export function unzipElsewhere(zip: Buffer): { name: string; content: string } {
  const folder = mkdtempSync(join(tmpdir(), 'perpctl-zip-'))
  const path = join(folder, 'file.zip')
  try {
    writeFileSync(path, zip)
    execFileSync('python3', ['-m', 'zipfile', '-e', path, join(folder, 'out')], { stdio: 'pipe' })
    const names = execFileSync('python3', ['-c', LIST_NAMES, path], { encoding: 'utf8' })
    const [name = '', ...others] = JSON.parse(names) as string[]
    if (others.length > 0) throw new Error(`more than one member: ${names}`)
    return { name, content: readFileSync(join(folder, 'out', name), 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const LIST_NAMES = 'import json,sys,zipfile; print(json.dumps(zipfile.ZipFile(sys.argv[1]).namelist()))'

/** The lines of a file that must be there and sound, its header left out where there is one. */
export async function readLines(simulator: BinanceSimulator, key: string): Promise<string[]> {
  const { status, bytes } = await fetchKey(simulator, key)
  if (status !== 200) throw new Error(`${status} ${bytes.toString()}`)
  const { content, isSound } = unzip(bytes)
  if (!isSound || !content.endsWith('\n')) throw new Error(`${key} is not sound`)
  const lines = content.slice(0, -1).split('\n')
  return /^[a-z]/.test(lines[0] ?? '') ? lines.slice(1) : lines
}

export const toLines = (rows: readonly KlineRow[]): string[] => rows.map((row) => row.join(','))

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

export interface ListedObject {
  readonly key: string
  readonly size: number
  readonly etag: string
  readonly modified: string
}

export interface Listed {
  readonly objects: readonly ListedObject[]
  readonly prefixes: readonly string[]
  readonly isTruncated: boolean
  readonly next: string | undefined
  readonly text: string
}

/** One page of the listing. */
export async function list(simulator: BinanceSimulator, query: Record<string, string>): Promise<Listed> {
  const response = await fetch(`${simulator.archiveUrl}?${new URLSearchParams(query)}`)
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${response.status} ${text}`)
  const all = (name: string, from: string): string[] =>
    [...from.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'g'))].map((match) => match[1] ?? '')
  return {
    objects: all('Contents', text).map((content) => ({
      key: all('Key', content)[0] ?? '',
      size: Number(all('Size', content)[0]),
      etag: (all('ETag', content)[0] ?? '').replaceAll('&quot;', '"'),
      modified: all('LastModified', content)[0] ?? '',
    })),
    prefixes: all('CommonPrefixes', text).flatMap((content) => all('Prefix', content)),
    isTruncated: all('IsTruncated', text)[0] === 'true',
    next: all('NextMarker', text)[0] ?? all('NextContinuationToken', text)[0],
    text,
  }
}
