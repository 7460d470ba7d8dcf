import type { Sql } from '../../src/db/connect.ts'
import type { Window } from '../../src/lib/model/window.ts'
import type { FaultKind } from '../../src/sim/core/faults.ts'
import type { SimulatorOptions } from '../../src/sim/index.ts'
import { FEBRUARY, FEBRUARY_SYMBOLS, hasRecorded, RECORDED, storedCandles, trueCandles } from './recorded.ts'
import { storedLiquidations, storedSnapshots, trueLiquidations, trueSnapshots } from './statistics-rows.ts'
import { findDisproportions, storedFlows, trueFlows } from './taker-rows.ts'
import { whole } from './whole.ts'
import type { World } from './world.ts'

/** The venue's time at which the runs of the cases start: all that they want is out, and still kept. */
export const CASE_TIME = Date.UTC(2026, 1, 3, 1)
export const CASE_SYMBOL = 'BTCUSDT'

/** A backfill that takes a while: many requests of several symbols. */
export interface LongRun {
  readonly options: SimulatorOptions
  readonly symbols: readonly string[]
  readonly window: Window
  readonly kills: number
  /** Answers of one run: a kill comes before as many. */
  readonly mostAnswers: number
}

/** One backfill that fetches. */
export interface BackfillCase {
  readonly name: string
  readonly command: readonly string[]
  /** Commands that must have run for the same symbols and window. */
  readonly before: readonly (readonly string[])[]
  /** As the coverage names them. */
  readonly datasets: readonly string[]
  readonly tables: readonly string[]
  /** The last part of the paths that are asked for rows, and the dataset that they are asked for. */
  readonly endpoints: Readonly<Record<string, string>>
  /** Where faults strike. */
  readonly faultPaths: readonly string[]
  /** Requests to such a path that a fault lets pass first. */
  readonly soundRequests: number
  /** Faults that mean nothing to these rows or this interface, or that end a run there. */
  readonly meaningless: readonly FaultKind[]
  /** A fault that costs rows as long as it stays, and the reason that is told then. */
  readonly lasting: { readonly kind: FaultKind; readonly reason: string }
  /** Of `CASE_SYMBOL`. */
  readonly window: Window
  readonly long: LongRun
  /** Requests at the start of a run that fetch nothing to store. */
  readonly samples: number
  /** All rows, sorted. */
  stored(sql: Sql): Promise<string[]>
  /** The rows that the venue's truth makes, made without any code of the product. */
  expected(world: World, symbol: string, window: Window): readonly string[]
  /** What lines do not tell, as a list of what is wrong. */
  findFaults?(world: World, symbol: string, window: Window): Promise<readonly string[]>
}

const DAY = 86_400_000
const TWO_DAYS = { from: Date.UTC(2026, 1, 1), to: Date.UTC(2026, 1, 3) }
const NOW = { clock: { startAt: CASE_TIME } }
/** A question about it sees one day more: the middle of its answer lies inside. */
const RECENT = { from: TWO_DAYS.from + DAY / 3, to: TWO_DAYS.to }
const TEN_DAYS = { from: TWO_DAYS.to - 10 * DAY, to: TWO_DAYS.to }
const THREE = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT']
/** In one request and a half of the interface that takes twenty. */
const THIRTY = [
  ...THREE,
  ...'BCHUSDT XRPUSDT LTCUSDT TRXUSDT ETCUSDT LINKUSDT XLMUSDT ADAUSDT XMRUSDT ATOMUSDT BNBUSDT VETUSDT'.split(
    ' ',
  ),
  ...'THETAUSDT ALGOUSDT DOGEUSDT DOTUSDT NEARUSDT AAVEUSDT FILUSDT OPUSDT APTUSDT SUIUSDT WLDUSDT'.split(
    ' ',
  ),
  ...'TIAUSDT HYPEUSDT AVAXUSDT TRBUSDT'.split(' '),
]

const CANDLES: BackfillCase = {
  name: 'ohlcv',
  command: ['backfill', 'ohlcv'],
  before: [],
  datasets: ['ohlcv'],
  tables: ['ohlcv', 'funding_rates'],
  endpoints: { klines: 'ohlcv' },
  faultPaths: ['klines'],
  soundRequests: 1,
  meaningless: [],
  lasting: { kind: 'high-below-low', reason: 'breaks a rule' },
  window: TWO_DAYS,
  long: {
    options: hasRecorded ? { dataFolder: RECORDED } : { clock: { startAt: Date.UTC(2026, 2, 2) } },
    symbols: FEBRUARY_SYMBOLS,
    window: { from: Date.parse(FEBRUARY.since), to: Date.parse(FEBRUARY.until) },
    kills: whole(20, 6),
    mostAnswers: 26,
  },
  samples: 0,
  stored: storedCandles,
  expected: ({ simulator }, symbol, window) => trueCandles(simulator.truth, symbol, window),
}

const STATISTIC = {
  soundRequests: 1,
  // Only a candle has a high and a low.
  meaningless: ['high-below-low'],
  lasting: { kind: 'nan', reason: 'breaks a rule' },
  window: TWO_DAYS,
  long: { options: NOW, symbols: THREE, window: TEN_DAYS, kills: whole(6, 2), mostAnswers: 60 },
} as const

const SNAPSHOTS: BackfillCase = {
  ...STATISTIC,
  name: 'oi-lsr',
  command: ['backfill', 'oi-lsr'],
  before: [],
  datasets: ['lsr', 'oi'],
  tables: ['open_interest', 'long_short_ratio'],
  endpoints: {
    openInterestHist: 'oi',
    globalLongShortAccountRatio: 'lsr',
    topLongShortAccountRatio: 'lsr',
    topLongShortPositionRatio: 'lsr',
  },
  faultPaths: ['openInterestHist', 'topLongShortAccountRatio'],
  samples: 0,
  stored: storedSnapshots,
  expected: ({ simulator }, symbol, window) => trueSnapshots(simulator.truth, symbol, window),
}

const LIQUIDATIONS: BackfillCase = {
  name: 'lq',
  command: ['backfill', 'lq'],
  before: [],
  datasets: ['lq'],
  tables: ['liquidations'],
  endpoints: { 'liquidation-history': 'lq' },
  faultPaths: ['liquidation-history'],
  // One request brings everything.
  soundRequests: 0,
  // No candle; nobody can tell that a minute is missing among sparse ones; it neither bans nor lets pass once more.
  meaningless: ['high-below-low', 'hole', '403', '418'],
  // Asked again, it looks further back: another row is in the middle.
  lasting: { kind: 'garbage-json', reason: 'not JSON' },
  window: RECENT,
  long: { options: NOW, symbols: THIRTY, window: RECENT, kills: whole(6, 2), mostAnswers: 3 },
  samples: 0,
  stored: storedLiquidations,
  expected: ({ simulator }, symbol, window) => trueLiquidations(simulator.truth, symbol, window),
}

const TAKER_VOLUME: BackfillCase = {
  ...STATISTIC,
  name: 'rsi-tv',
  command: ['backfill', 'rsi-tv'],
  before: [['backfill', 'ohlcv']],
  datasets: ['tv'],
  tables: ['taker_volume', 'rsi', 'mt_index'],
  endpoints: { takerlongshortRatio: 'tv' },
  faultPaths: ['takerlongshortRatio'],
  long: { ...STATISTIC.long, mostAnswers: 20 },
  // What tells which end of five minutes a label means.
  samples: 1,
  stored: storedFlows,
  expected: ({ simulator }, symbol, window) => trueFlows(simulator.truth, symbol, window),
  findFaults: ({ simulator, database }, symbol, window) =>
    findDisproportions(database.sql, simulator.truth, symbol, window),
}

export const CASES: readonly BackfillCase[] = [CANDLES, SNAPSHOTS, LIQUIDATIONS, TAKER_VOLUME]
