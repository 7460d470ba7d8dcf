import { DAY, type Window } from '../../../lib/model/window.ts'

/** How the archive of USD-M futures is laid out (repository of the archive and its listings, 2026). */
const ROOT = 'data/futures/um'
const INTERVAL = '1m'
const CHECKSUM = '.CHECKSUM'

/** Whole UTC months, or days. */
export type ArchivePeriod = 'monthly' | 'daily'

interface TypeLayout {
  /** Has a folder for each length of a candle; names of files then tell it instead of the type. */
  readonly isCandles: boolean
  /**
   * The first period of each kind that any symbol has, where that is published: nothing older has to be asked for. Those
   * of one symbol begin later, and are found in the listing.
   */
  readonly first: { readonly [P in ArchivePeriod]?: number }
}

const CANDLES: TypeLayout = {
  isCandles: true,
  first: { monthly: Date.UTC(2020, 0, 1), daily: Date.UTC(2019, 11, 31) },
}

export const ARCHIVE_TYPES = {
  klines: CANDLES,
  markPriceKlines: CANDLES,
  indexPriceKlines: CANDLES,
  premiumIndexKlines: CANDLES,
  fundingRate: { isCandles: false, first: { monthly: Date.UTC(2020, 0, 1) } },
  metrics: { isCandles: false, first: { daily: Date.UTC(2020, 8, 1) } },
} as const satisfies Readonly<Record<string, TypeLayout>>

export type ArchiveType = keyof typeof ARCHIVE_TYPES

/** One file of the archive. */
export interface ArchiveFile {
  readonly type: ArchiveType
  /** Also of index prices the symbol: their pair has the same name for every perpetual. */
  readonly symbol: string
  readonly period: ArchivePeriod
  /** The month or day that it is named after; see `coveredBy` for the times in it. */
  readonly window: Window
}

/** The first time from which there may be files of a type and period; undefined where there are none at all. */
export function firstOf(type: ArchiveType, period: ArchivePeriod): number | undefined {
  const layout: TypeLayout = ARCHIVE_TYPES[type]
  return layout.first[period]
}

/** The month or day in which `at` lies. */
export function periodAt(period: ArchivePeriod, at: number): Window {
  const date = new Date(at)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  if (period === 'monthly') return { from: Date.UTC(year, month), to: Date.UTC(year, month + 1) }
  const from = Math.floor(at / DAY) * DAY
  return { from, to: from + DAY }
}

/** All months or days that `window` touches, oldest first, from the first that the type has. */
export function periodsOf(type: ArchiveType, period: ArchivePeriod, window: Window): Window[] {
  const first = firstOf(type, period)
  if (first === undefined) return []
  const periods: Window[] = []
  for (let at = Math.max(first, window.from); at < window.to; at = periods.at(-1)?.to ?? window.to)
    periods.push(periodAt(period, at))
  return periods
}

/** The times that rows of a file have as perpctl stores them. A day of metrics tells of 00:05 to 24:00, both included. */
export const coveredBy = ({ type, window: { from, to } }: ArchiveFile): Window =>
  type === 'metrics' ? { from: from + METRICS_STEP, to: to + METRICS_STEP } : { from, to }

export const METRICS_STEP = 300_000

/** The key of a file, as listings tell it. */
export function keyOf({ type, symbol, period, window }: ArchiveFile): string {
  return `${folderOf(type, period, symbol)}${fileName(type, symbol, period, window.from)}.zip`
}

export const checksumKeyOf = (file: ArchiveFile): string => `${keyOf(file)}${CHECKSUM}`

/** The path of a key in an address, with names of any script. */
export const pathOf = (key: string): string => `/${key.split('/').map(encodeURIComponent).join('/')}`

/** What the zip is called, and what its only member is. */
export function namesOf({ type, symbol, period, window }: ArchiveFile): { zip: string; member: string } {
  const name = fileName(type, symbol, period, window.from)
  return { zip: `${name}.zip`, member: `${name}.csv` }
}

/** What all keys of a type and period begin with, or those of one symbol; to be listed with the delimiter `/`. */
export function folderOf(type: ArchiveType, period: ArchivePeriod, symbol?: string): string {
  const folder = `${ROOT}/${period}/${type}/`
  if (symbol === undefined) return folder
  return ARCHIVE_TYPES[type].isCandles ? `${folder}${symbol}/${INTERVAL}/` : `${folder}${symbol}/`
}

function fileName(type: ArchiveType, symbol: string, period: ArchivePeriod, at: number): string {
  const date = new Date(at).toISOString().slice(0, period === 'monthly' ? 7 : 10)
  return `${symbol}-${ARCHIVE_TYPES[type].isCandles ? INTERVAL : type}-${date}`
}

const KEY =
  /^data\/futures\/um\/(monthly|daily)\/([A-Za-z]+)\/([^/]+)\/(?:1m\/)?[^/]+-(\d{4}-\d\d(?:-\d\d)?)\.zip(\.CHECKSUM)?$/

/**
 * The file that a key of a listing names, or whose checksum it does; undefined for whatever else lies there: other types
 * and lengths of candles, stray parts, names that do not say the same as their folders.
 */
export function readKey(key: string): (ArchiveFile & { readonly isChecksum: boolean }) | undefined {
  const [, period, type = '', symbol = '', date = '', checksum] = KEY.exec(key) ?? []
  if ((period !== 'monthly' && period !== 'daily') || !isArchiveType(type)) return undefined
  const at = Date.parse(`${date}${date.length === 7 ? '-01' : ''}T00:00:00Z`)
  if (Number.isNaN(at) || firstOf(type, period) === undefined) return undefined
  const file: ArchiveFile = { type, symbol, period, window: periodAt(period, at) }
  const isChecksum = checksum !== undefined
  // Written anew from what was read: whatever is not the same to the letter is no file of ours.
  return (isChecksum ? checksumKeyOf(file) : keyOf(file)) === key ? { ...file, isChecksum } : undefined
}

export const isArchiveType = (name: string): name is ArchiveType => Object.hasOwn(ARCHIVE_TYPES, name)

/** The symbol of a folder that a listing names below `folderOf(type, period)`; undefined for any other. */
export function symbolOfFolder(prefix: string, type: ArchiveType, period: ArchivePeriod): string | undefined {
  const folder = folderOf(type, period)
  const name = prefix.startsWith(folder) && prefix.endsWith('/') ? prefix.slice(folder.length, -1) : ''
  return name === '' || name.includes('/') ? undefined : name
}

/** `settled`: the past of a symbol that was taken from trade, kept under a name of its own when it came back or not. */
export type SymbolKind = 'perpetual' | 'delivery' | 'settled'

export function kindOfSymbol(symbol: string): SymbolKind {
  if (/_\d{6}$/.test(symbol)) return 'delivery'
  return /SETTLED\d*$/.test(symbol) ? 'settled' : 'perpetual'
}
