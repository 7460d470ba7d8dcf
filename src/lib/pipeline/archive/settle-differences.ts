import type { RowOrigin } from '../../archive/ledger.ts'
import type { CellStore } from '../../archive/row-encoder.ts'
import type { EncodedRows } from '../../model/encoded-rows.ts'
import {
  DAY,
  intersect,
  MINUTE,
  normalize,
  span,
  subtract,
  totalSpan,
  type Window,
} from '../../model/window.ts'
import type { Commit, Store } from '../../ports.ts'
import { formatPlural } from '../../text/numbers.ts'
import { formatUtc } from '../../text/times.ts'
import type { ListedFile } from '../../venue/archive.ts'
import type { PageNeeds } from '../fetch-page.ts'
import type { Job } from '../job.ts'
import { askApi } from './ask-api.ts'

export interface SettleNeeds extends PageNeeds {
  readonly store: CellStore & Pick<Store, 'encode'>
  /** Of what only the archive has nobody else can be asked. */
  readonly isAsked: boolean
}

/** Rows of a file that are not those that are stored. */
export interface Difference {
  readonly rows: number
  /** Their first minute. */
  readonly first: number
  /** The files that those that are stored came from, and the routes that are none. */
  readonly others: readonly {
    readonly route: string
    readonly file?: string
    readonly sha256?: string | null
  }[]
  /** How many of them now are what the API has, what the file has, what they were. */
  readonly asApi: number
  readonly asFile: number
  readonly asStored: number
}

export interface Settled {
  /** What of the file is to be written. */
  readonly rows: EncodedRows
  /** Minutes of which its rows do not stand. */
  readonly without: readonly Window[]
  /** To be written with it. */
  readonly answer: Commit | undefined
  readonly difference: Difference | undefined
}

/**
 * What of a file's rows is written where rows are stored already. Equal ones stay as they are. Where they differ the API is
 * asked, and what it has now stands; of what it does not have (any more) the better source: the API as it answered then or
 * a feed, a day, a month; of two alike the one that is read now. Nothing is written here.
 */
export async function settleDifferences(
  { file, job, rows }: { readonly file: ListedFile; readonly job: Job; readonly rows: EncodedRows },
  origins: readonly RowOrigin[],
  needs: SettleNeeds,
): Promise<Settled> {
  const { store } = needs
  const { stored, different } = await store.compare(job.dataset, rows)
  const [first] = different
  if (!first)
    return { rows: store.leaveOut(rows, stored), without: [], answer: undefined, difference: undefined }
  const { rows: found, told } = needs.isAsked ? await askApi(job, different, needs) : { rows: [], told: [] }
  const taken = subtract(standing(file, different, origins), told)
  const { symbol, dataset } = job
  const answer: Commit | undefined =
    told.length === 0
      ? undefined
      : {
          symbol,
          dataset,
          rows: store.encode(symbol, dataset, found),
          covered: told,
          absent: [],
          isFresh: false,
          origin: { route: job.route.name },
        }
  const count = (windows: readonly Window[]): number => totalSpan(windows) / MINUTE
  const difference = {
    rows: count(different),
    first: first.from,
    others: othersIn(different, origins),
    asApi: count(told),
    asFile: count(taken),
    asStored: count(subtract(different, [...told, ...taken])),
  }
  return {
    rows: store.leaveOut(rows, subtract(stored, taken)),
    without: subtract(different, taken),
    answer,
    difference,
  }
}

/** Of these times files have brought rows. */
export const fromFiles = (origins: readonly RowOrigin[]): Window[] =>
  normalize(origins.flatMap(({ file, covered }) => (file ? covered : [])))

/** A day is made later than a month's part of it is looked at, and replaced sooner. */
const rankOf = (window: Window): number => (span(window) > DAY ? 0 : 1)

/** Where the rows of a file stand against those that are stored, as long as nobody else can tell. */
function standing(file: ListedFile, minutes: readonly Window[], origins: readonly RowOrigin[]): Window[] {
  const own = rankOf(file.window)
  const isLower = (origin: RowOrigin): boolean =>
    origin.file !== undefined && rankOf(origin.file.window) <= own
  const coveredBy = (those: readonly RowOrigin[]): Window[] => those.flatMap(({ covered }) => covered)
  const lower = coveredBy(origins.filter(isLower))
  return subtract(intersect(minutes, lower), coveredBy(origins.filter((one) => !isLower(one))))
}

const othersIn = (minutes: readonly Window[], origins: readonly RowOrigin[]): Difference['others'] =>
  origins
    .filter(({ covered }) => intersect(covered, minutes).length > 0)
    .map(({ route, file }) => (file ? { route, file: file.key, sha256: file.sha256 } : { route }))

/** `3 rows not as stored, the first of 2026-07-07 00:00:00 UTC: 3 as the API has them now`. */
export function describeDifference({ rows, first, asApi, asFile, asStored }: Difference): string {
  const ends = [
    ...(asApi > 0 ? [`${asApi} as the API has them now`] : []),
    ...(asFile > 0 ? [`${asFile} as this file has them`] : []),
    ...(asStored > 0 ? [`${asStored} stay as stored`] : []),
  ]
  return `${formatPlural(rows, 'row')} not as stored, the first of ${formatUtc(first)}: ${ends.join(', ')}`
}
