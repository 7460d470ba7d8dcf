import type { Window } from '../../../lib/model/window.ts'
import type { BinanceMarket } from '../market.ts'
import { FREQUENCIES, type Frequency, type Period, periodOf, periodsIn } from './calendar.ts'
import type { DataSet } from './data-sets.ts'
import type { DefectPlan } from './defect-plan.ts'
import type { DefectRule } from './defects.ts'
import { type ArchiveOptions, publicationOf } from './options.ts'

/** All files of one data set, frequency and symbol. */
export interface FileFolder {
  readonly dataSet: DataSet
  readonly frequency: Frequency
  readonly symbol: string
  /** With a slash at the end. */
  readonly path: string
}

/** One zip of the archive. */
export interface ArchiveFile {
  readonly folder: FileFolder
  readonly period: Period
  /** What of the period the symbol lived. */
  readonly window: Window
  readonly key: string
  readonly name: string
  readonly symbol: string
  /** When it first came out. */
  readonly publishedAt: number
  readonly defects: readonly DefectRule[]
}

const ROOT = 'data/futures/um/'
const KEY =
  /^data\/futures\/um\/(daily|monthly)\/([A-Za-z]+)\/([^/]+)\/(1m\/)?([^/]+)-(\d{4}-\d{2}(?:-\d{2})?)\.zip$/
const INTERVAL = '1m'

/** Knows which files there are at a time, without making any. */
export class Catalogue {
  readonly #market: BinanceMarket
  readonly #dataSets: readonly DataSet[]
  readonly #plan: DefectPlan
  readonly #options: ArchiveOptions

  constructor(parts: {
    readonly market: BinanceMarket
    readonly dataSets: readonly DataSet[]
    readonly plan: DefectPlan
    readonly options: ArchiveOptions
  }) {
    this.#market = parts.market
    this.#dataSets = parts.dataSets
    this.#plan = parts.plan
    this.#options = parts.options
  }

  /** All folders that can ever hold a file, by path. */
  folders(now: number): FileFolder[] {
    const symbols = this.#market.everListed(now).map(({ symbol }) => symbol)
    return FREQUENCIES.flatMap((frequency) =>
      this.#dataSets
        .filter(({ since }) => since[frequency] !== undefined)
        .flatMap((dataSet) =>
          symbols
            .filter((symbol) => dataSet.life(symbol) !== undefined)
            .map((symbol) => createFolder(dataSet, frequency, symbol)),
        ),
    ).toSorted((a, b) => (a.path < b.path ? -1 : 1))
  }

  /** The files of a folder that are out, ascending. */
  *files(folder: FileFolder, now: number): Generator<ArchiveFile> {
    const range = rangeOf(folder)
    if (!range) return
    for (const period of periodsIn(folder.frequency, { from: range.from, to: Math.min(range.to, now) })) {
      const file = this.#fileAt(folder, period, now)
      if (file) yield file
    }
  }

  /** The file of a key; undefined where there is none, or none yet. */
  find(key: string, now: number): ArchiveFile | undefined {
    const [, frequencyName, type, symbol, interval, head, periodName = ''] = KEY.exec(key) ?? []
    const frequency = FREQUENCIES.find((known) => known === frequencyName)
    const dataSet = this.#dataSets.find(({ name }) => name === type)
    if (!frequency || !dataSet || !symbol || dataSet.hasInterval !== (interval !== undefined))
      return undefined
    const folder = createFolder(dataSet, frequency, symbol)
    const period = periodOf(frequency, periodName)
    if (!period || head !== headOf(folder) || !this.#market.listing(symbol)) return undefined
    return this.#fileAt(folder, period, now)
  }

  /** The file behind this one in its folder, out or not, if its first row lies in this one. */
  lenderOf({ folder, period }: ArchiveFile): ArchiveFile | undefined {
    if (!this.#plan.has('archive-edge')) return undefined
    const [following] = periodsIn(folder.frequency, { from: period.window.to, to: period.window.to + 1 })
    const file = following && this.#fileAt(folder, following, Number.POSITIVE_INFINITY)
    return file?.defects.some(({ kind }) => kind === 'archive-edge') ? file : undefined
  }

  #fileAt(folder: FileFolder, period: Period, now: number): ArchiveFile | undefined {
    const range = rangeOf(folder)
    if (!range) return undefined
    const window = {
      from: Math.max(period.window.from, range.from),
      to: Math.min(period.window.to, range.to),
    }
    if (window.from >= window.to) return undefined
    const { symbol, path, dataSet } = folder
    const name = `${headOf(folder)}-${period.name}.zip`
    const key = `${path}${name}`
    const defects = this.#plan.of({ key, symbol })
    const late = defects.find(({ kind }) => kind === 'archive-late')
    const publishedAt = late?.at ?? publicationOf(folder.frequency, period, this.#options)
    if (publishedAt > now || defects.some(({ kind }) => kind === 'archive-missing')) return undefined
    if (dataSet.countRows(symbol, window) === 0) return undefined
    return { folder, period, window, key, name, symbol, publishedAt, defects }
  }
}

function createFolder(dataSet: DataSet, frequency: Frequency, symbol: string): FileFolder {
  const interval = dataSet.hasInterval ? `${INTERVAL}/` : ''
  return { dataSet, frequency, symbol, path: `${ROOT}${frequency}/${dataSet.name}/${symbol}/${interval}` }
}

const headOf = ({ dataSet, symbol }: FileFolder): string =>
  `${symbol}-${dataSet.hasInterval ? INTERVAL : dataSet.name}`

/** The time of which the archive has files, as long as nothing is published late. */
function rangeOf({ dataSet, frequency, symbol }: FileFolder): Window | undefined {
  const life = dataSet.life(symbol)
  const since = dataSet.since[frequency]
  if (!life || since === undefined) return undefined
  const from = Math.max(life.from, since)
  return from < life.to ? { from, to: life.to } : undefined
}
