import { Flags } from '@oclif/core'
import { LOG_LEVELS, orWords, PART_NAMES, SOURCES, TV_METHODS } from '../lib/config/choices.ts'
import { VENUE_NAMES } from '../venues/index.ts'
import { FILE, FOLDER, oneOf, someOf, suggest, textFlag } from './values.ts'

/** Every flag has a variable; values stay text here and are checked together by `lib/config`. */

/** Of a window that ends now, and points in time at which one may end. */
const ENDS = ['1h', '12h', '7d', '30d'] as const
const BEGINNINGS = ['listing', ...ENDS] as const

const GLOBAL = { helpGroup: 'GLOBAL' } as const

export const commonFlags = {
  home: textFlag({
    ...GLOBAL,
    env: 'PERPCTL_HOME',
    helpValue: 'FOLDER',
    description:
      "where perpctl keeps its data, as the embedded PostgreSQL (default: the platform's data folder)",
    values: FOLDER,
  }),
  'database-url': Flags.string({
    ...GLOBAL,
    env: 'DATABASE_URL',
    helpValue: 'URL',
    description: 'PostgreSQL to use instead of the embedded one',
  }),
  'log-level': textFlag({
    ...GLOBAL,
    env: 'PERPCTL_LOG_LEVEL',
    helpValue: 'LEVEL',
    description: `what goes to the log: ${orWords(LOG_LEVELS)} (default info)`,
    values: oneOf(LOG_LEVELS),
  }),
  'log-file': textFlag({
    ...GLOBAL,
    env: 'PERPCTL_LOG_FILE',
    helpValue: 'FILE',
    description: 'append the log to this file',
    values: FILE,
  }),
  json: Flags.boolean({
    ...GLOBAL,
    env: 'PERPCTL_JSON',
    description: 'print one JSON object on stdout and nothing else there',
  }),
  color: Flags.boolean({
    ...GLOBAL,
    env: 'PERPCTL_COLOR',
    allowNo: true,
    default: true,
    description: 'colours on a terminal (NO_COLOR is respected too)',
  }),
}

export const venueFlag = textFlag({
  env: 'PERPCTL_VENUE',
  helpValue: VENUE_NAMES.join('|'),
  description: 'the exchange (default binance)',
  values: oneOf(VENUE_NAMES),
})
export const symbolsFlag = textFlag({
  char: 's',
  env: 'PERPCTL_SYMBOLS',
  helpValue: 'A,B|all',
  description:
    'symbols separated by commas, or all: the tradable USDT perpetuals, or (with --source) ever: also those of the past',
  values: suggest('all'),
})

export const SYMBOLS_HINT =
  'give --symbols BTCUSDT,ETHUSDT or --symbols all (tradable USDT perpetuals), or set PERPCTL_SYMBOLS'

const periodFlag = Flags.string({
  env: 'PERPCTL_PERIOD',
  helpValue: '2-1000',
  description: 'minutes that the RSI averages over (default 14)',
})

/** Of the RSI and of taker volume. */
export const indicatorFlags = {
  period: periodFlag,
  'tv-method': textFlag({
    env: 'PERPCTL_TV_METHOD',
    helpValue: TV_METHODS.join('|'),
    description:
      "taker volume: weighted spreads five minutes by volume, exact is the candles' own split (default weighted)",
    values: oneOf(TV_METHODS),
  }),
}

export const skipFlags = {
  skip: textFlag({
    env: 'PERPCTL_SKIP',
    helpValue: 'PART,PART',
    description: `leave out some of ${PART_NAMES.join(', ')}`,
    values: someOf(PART_NAMES),
  }),
}

const laneFlags = {
  venue: venueFlag,
  proxies: textFlag({
    env: 'PERPCTL_PROXIES',
    helpValue: 'URL,URL',
    description: 'http://user:pass@host:port or socks5://…; each is a lane with a budget of its own',
    values: suggest('direct'),
  }),
  direct: Flags.boolean({
    env: 'PERPCTL_DIRECT',
    allowNo: true,
    default: true,
    description: 'use the local address too, beside the proxies',
  }),
  concurrency: Flags.string({
    env: 'PERPCTL_CONCURRENCY',
    helpValue: '1-256',
    description: 'requests in flight per lane (default 16)',
  }),
  'db-timeout': textFlag({
    env: 'PERPCTL_DB_TIMEOUT',
    helpValue: '5m',
    description: 'how long to wait for a database that has gone away (default 5m)',
    values: suggest('1m', '5m', '1h'),
  }),
  'request-timeout': textFlag({
    env: 'PERPCTL_REQUEST_TIMEOUT',
    helpValue: '15s',
    description: 'how long one request may take (default 15s)',
    values: suggest('15s', '30s', '1m'),
  }),
  'venue-timeout': textFlag({
    env: 'PERPCTL_VENUE_TIMEOUT',
    helpValue: '1m',
    description: 'no answer over any lane for this long ends the run with exit code 75 (default 1m)',
    values: suggest('1m', '5m', '1h'),
  }),
}

const simFlags = {
  sim: Flags.boolean({
    env: 'PERPCTL_SIM',
    description: 'run against a built-in simulated venue, in a database of its own',
  }),
  'sim-data': textFlag({
    env: 'PERPCTL_SIM_DATA',
    helpValue: 'FOLDER',
    description: 'with --sim: serve the recorded candles of this folder',
    values: FOLDER,
  }),
}

export const backfillFlags = {
  symbols: symbolsFlag,
  since: textFlag({
    env: 'PERPCTL_SINCE',
    helpValue: 'WHEN',
    description: 'from: 2026-02-01, 12h, 30d, 1y or listing (default 30d)',
    values: suggest(...BEGINNINGS),
  }),
  until: textFlag({
    env: 'PERPCTL_UNTIL',
    helpValue: 'WHEN',
    description: 'to, exclusive (default: now, kept up until the newest closed minute is in)',
    values: suggest(...ENDS),
  }),
  refetch: Flags.boolean({
    env: 'PERPCTL_REFETCH',
    description: 'ask again for what is already covered; what the venue has corrected is replaced',
  }),
  'refetch-changed': Flags.boolean({
    env: 'PERPCTL_REFETCH_CHANGED',
    description:
      'with --source: load files again that the archive has replaced since (also --refetch changed); what they change is replaced',
  }),
  source: textFlag({
    env: 'PERPCTL_SOURCE',
    helpValue: SOURCES.join('|'),
    description:
      'rest: the API (default); archive: files of whole months and days, under terms of their own that are shown; auto: files where they are quicker, the API for the rest',
    values: oneOf(SOURCES),
  }),
  'retry-absent': Flags.boolean({
    env: 'PERPCTL_RETRY_ABSENT',
    description: 'ask again for long absences that little evidence stands behind (status names them)',
  }),
  takeover: Flags.boolean({
    env: 'PERPCTL_BACKFILL_TAKEOVER',
    description: 'end the sessions of another run that has what is to be fetched, and go on in its place',
  }),
  'dry-run': Flags.boolean({
    env: 'PERPCTL_DRY_RUN',
    description: 'print the plan (windows, requests, weight, time) and write nothing',
  }),
  ...simFlags,
  ...laneFlags,
}

export const doctorFlags = {
  venue: venueFlag,
  proxies: laneFlags.proxies,
  direct: laneFlags.direct,
  'request-timeout': laneFlags['request-timeout'],
  sim: simFlags.sim,
}

export const streamFlags = {
  symbols: symbolsFlag,
  since: textFlag({
    env: 'PERPCTL_STREAM_SINCE',
    helpValue: 'WHEN',
    description: 'first fill history from here on (default: holes of the last 30 days in what is stored)',
    values: suggest(...BEGINNINGS),
  }),
  heartbeat: textFlag({
    env: 'PERPCTL_HEARTBEAT',
    helpValue: '60s',
    description: 'between two lines that tell what came (default 60s)',
    values: suggest('10s', '60s', '5m'),
  }),
  for: textFlag({
    env: 'PERPCTL_STREAM_FOR',
    helpValue: '1h',
    description: 'stop by itself after this long (default: never)',
    values: suggest('1h', '12h', '24h'),
  }),
  rsi: Flags.boolean({
    env: 'PERPCTL_RSI',
    allowNo: true,
    default: true,
    description: 'make the RSI of each closed candle, and the index MT',
  }),
  period: periodFlag,
  'oi-poll': Flags.boolean({
    env: 'PERPCTL_OI_POLL',
    description: 'ask for open interest once a minute (weight 1 for each symbol)',
  }),
  recheck: textFlag({
    env: 'PERPCTL_RECHECK',
    helpValue: '1h',
    description: 'ask so often once more for what was closed since, and correct it; 0s: never (default 1h)',
    values: suggest('0s', '1h', '6h'),
  }),
  'stall-timeout': textFlag({
    env: 'PERPCTL_STALL_TIMEOUT',
    helpValue: '15s',
    description: 'no data for this long on an open connection: connect anew (default 15s)',
    values: suggest('15s', '30s', '1m'),
  }),
  'reconnect-max': textFlag({
    env: 'PERPCTL_RECONNECT_MAX',
    helpValue: '30s',
    description: 'the longest pause between two tries to connect (default 30s)',
    values: suggest('30s', '1m', '5m'),
  }),
  takeover: Flags.boolean({
    env: 'PERPCTL_TAKEOVER',
    description: 'end another stream of the same symbols and go on in its place',
  }),
  standby: Flags.boolean({
    env: 'PERPCTL_STANDBY',
    description: 'wait while another stream has the symbols, and go on when it ends or dies',
  }),
  share: textFlag({
    env: 'PERPCTL_SHARE',
    helpValue: 'K/N',
    description: 'only this part of the symbols: 1/2 and 2/2 on two machines stream all of them',
    values: suggest('1/2', '2/2', '1/3', '2/3', '3/3'),
  }),
  ...simFlags,
  'sim-rate': textFlag({
    env: 'PERPCTL_SIM_RATE',
    helpValue: 'FACTOR',
    description: 'with --sim: how fast the time of the venue runs (default 1)',
    values: suggest('1', '60', '720'),
  }),
  ...laneFlags,
}
