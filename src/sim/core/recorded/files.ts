import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { constants, gunzipSync } from 'node:zlib'
import { ConfigurationError } from '../../../lib/errors.ts'
import { refuseLine } from './refuse-line.ts'

/** One recorded file of one-minute candles; the month is that of its name. */
export interface RecordedFile {
  readonly symbol: string
  readonly month: string
  readonly path: string
}

export interface RecordedFolder {
  /** Ascending by month, per symbol. */
  readonly candles: ReadonlyMap<string, readonly RecordedFile[]>
  /** `SYMBOL.csv` of funding rates by symbol. */
  readonly funding: ReadonlyMap<string, string>
}

const CANDLE_NAME = /^(.+)-1m-(\d{4}-\d{2})\.csv(?:\.gz)?$/
const HEAD_BYTES = 16_384

/** Finds `SYMBOL-1m-YYYY-MM.csv[.gz]` in the folder and its children, and `funding/SYMBOL.csv` in it or beside it. */
export function findRecordedFiles(folder: string): RecordedFolder {
  if (!existsSync(folder)) {
    const hint = 'give the folder that holds SYMBOL-1m-YYYY-MM.csv.gz files'
    throw new ConfigurationError(`the folder of recorded candles ${folder} does not exist`, { hint })
  }
  const children = foldersIn(folder)
  const files = [folder, ...children].flatMap(candleFilesIn).toSorted((a, b) => (a.month < b.month ? -1 : 1))
  if (files.length === 0) {
    const hint = 'expected names such as BTCUSDT-1m-2026-02.csv.gz, in the folder or one below it'
    throw new ConfigurationError(`the folder ${folder} holds no recorded candles`, { hint })
  }
  const fundingFolders = [join(folder, 'funding'), join(dirname(folder), 'funding')]
  return {
    candles: Map.groupBy(files, (file) => file.symbol),
    funding: fundingFilesIn(fundingFolders.find((path) => existsSync(path))),
  }
}

const foldersIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [join(folder, entry.name)] : [],
  )

const candleFilesIn = (folder: string): RecordedFile[] =>
  readdirSync(folder).flatMap((name) => {
    const match = CANDLE_NAME.exec(name)
    return match?.[1] && match[2] ? [{ symbol: match[1], month: match[2], path: join(folder, name) }] : []
  })

function fundingFilesIn(folder: string | undefined): Map<string, string> {
  if (folder === undefined) return new Map()
  const names = readdirSync(folder).filter((name) => name.endsWith('.csv'))
  return new Map(names.map((name) => [basename(name, '.csv'), join(folder, name)]))
}

/** The whole file, unpacked, without a byte order mark. */
export const readRecorded = (path: string): Buffer =>
  readText(path, () => {
    const bytes = readFileSync(path)
    return path.endsWith('.gz') ? gunzipSync(bytes) : bytes
  })

/** The first lines of a file, without reading the rest. */
export const readHead = (path: string): Buffer =>
  readText(path, () => {
    const file = openSync(path, 'r')
    try {
      const head = Buffer.alloc(HEAD_BYTES)
      const bytes = head.subarray(0, readSync(file, head))
      // The end is cut off: what can be unpacked is enough.
      return path.endsWith('.gz') ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes
    } finally {
      closeSync(file)
    }
  })

function readText(path: string, read: () => Buffer): Buffer {
  const bytes = tryToRead(path, read)
  const [first, second, third] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    refuseLine(path, 1, 'the file is UTF-16', 'save it as UTF-8')
  }
  return first === 0xef && second === 0xbb && third === 0xbf ? bytes.subarray(3) : bytes
}

function tryToRead(path: string, read: () => Buffer): Buffer {
  try {
    return read()
  } catch (cause) {
    const hint = 'mend the file or its rights, or take it out of the folder'
    throw new ConfigurationError(`the recorded file ${path} cannot be read`, { cause, hint })
  }
}
