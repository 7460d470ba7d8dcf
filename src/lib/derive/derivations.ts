import { type Dataset, INDEX_SYMBOL } from '../model/market.ts'
import { MINUTE } from '../model/window.ts'

/** The period of an RSI whose series has no variant. */
export const USUAL_PERIOD = 14

/** What the rows of a dataset are made from, and what becomes of them where that changes. */
export interface DerivationEntry {
  readonly dataset: Dataset
  /** Of several each symbol has one: see `originOf`. */
  readonly from: readonly Dataset[]
  /** What is not true any more where rows have changed: everything from the first of them on, or what was replaced alone. */
  readonly cuts: 'onwards' | 'replaced'
  /** Rows are made of so much at a time, at whole multiples in UTC: what is cut of one of them is cut of all of it. */
  readonly binMs: number
  /** Made of all symbols together, as the one series of `INDEX_SYMBOL`: a symbol that is new changes it too. */
  readonly needsAll: boolean
  /** What is made is a venue's statistic in smaller parts: it is asked for, and may be missing there. */
  readonly isFetched: boolean
}

/**
 * Everything that is made from stored rows, each after what it is made from. A new one is an entry here, its maker in
 * `makers.ts` and its math; rows, table and view come as for any other dataset.
 */
export const DERIVATIONS = [
  { dataset: 'mt', from: ['ohlcv'], cuts: 'onwards', binMs: MINUTE, needsAll: true, isFetched: false },
  {
    dataset: 'rsi',
    from: ['ohlcv', 'mt'],
    cuts: 'onwards',
    binMs: MINUTE,
    needsAll: false,
    isFetched: false,
  },
  { dataset: 'tv', from: ['ohlcv'], cuts: 'replaced', binMs: 5 * MINUTE, needsAll: false, isFetched: true },
] as const satisfies readonly DerivationEntry[]

/** Datasets that are made from stored rows and nothing else. */
export type MadeDataset = Extract<(typeof DERIVATIONS)[number], { readonly isFetched: false }>['dataset']
export type MadeEntry = DerivationEntry & { readonly dataset: MadeDataset }

const ENTRIES: readonly DerivationEntry[] = DERIVATIONS
const MADE: readonly MadeEntry[] = DERIVATIONS.filter((entry) => !entry.isFetched)

export const MADE_DATASETS: readonly MadeDataset[] = MADE.map(({ dataset }) => dataset)

const isMade = (dataset: Dataset): boolean => ENTRIES.some((entry) => entry.dataset === dataset)

/** Whether anything is made from its rows. */
export const hasDerived = (dataset: Dataset): boolean => ENTRIES.some(({ from }) => from.includes(dataset))

/** What something is made from and what is not made itself: the symbols of these are all that there are. */
export const ORIGINS: readonly Dataset[] = [...new Set(ENTRIES.flatMap(({ from }) => from))].filter(
  (dataset) => !isMade(dataset),
)

/** Whether a symbol has it: the index of all symbols has no candles, and they have no index. */
export function isOfSymbol(symbol: string, dataset: string): boolean {
  const entry = ENTRIES.find((one) => one.dataset === dataset)
  if (symbol !== INDEX_SYMBOL) return !entry?.needsAll
  return entry !== undefined && (entry.needsAll || entry.from.some((from) => isOfSymbol(symbol, from)))
}

/** What is made for a symbol, each after what it is made from. */
export const madeFor = (symbol: string): readonly MadeEntry[] =>
  MADE.filter(({ dataset }) => isOfSymbol(symbol, dataset))

/** What the rows of a symbol are made from; where all symbols are needed, the dataset of each of them. */
export function originOf({ dataset, symbol }: { dataset: MadeDataset; symbol: string }): Dataset {
  const entry = MADE.find((one) => one.dataset === dataset)
  const origin = entry?.from.find((one) => entry.needsAll || isOfSymbol(symbol, one))
  if (origin === undefined) throw new RangeError(`${dataset} is not made for ${symbol}`)
  return origin
}
