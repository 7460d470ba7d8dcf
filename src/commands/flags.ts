import { Flags } from '@oclif/core'

/** Every flag has a variable; values stay text here and are checked together by `lib/config`. */

const GLOBAL = { helpGroup: 'GLOBAL' } as const

export const commonFlags = {
  home: Flags.string({
    ...GLOBAL,
    env: 'PERPCTL_HOME',
    helpValue: 'FOLDER',
    description: 'where perpctl keeps its data (embedded PostgreSQL, logs)',
  }),
  'database-url': Flags.string({
    ...GLOBAL,
    env: 'DATABASE_URL',
    helpValue: 'URL',
    description: 'PostgreSQL to use instead of the embedded one',
  }),
  'log-level': Flags.string({
    ...GLOBAL,
    env: 'PERPCTL_LOG_LEVEL',
    helpValue: 'error|warn|info|debug',
    description: 'what goes to the log (default info)',
  }),
  'log-file': Flags.string({
    ...GLOBAL,
    env: 'PERPCTL_LOG_FILE',
    helpValue: 'FILE',
    description: 'append the log to this file',
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

export const venueFlag = Flags.string({
  env: 'PERPCTL_VENUE',
  helpValue: 'binance',
  description: 'the exchange (default binance)',
})
export const symbolsFlag = Flags.string({
  char: 's',
  env: 'PERPCTL_SYMBOLS',
  helpValue: 'A,B|all',
  description: 'symbols separated by commas, or all: the tradable USDT perpetuals',
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
  'tv-method': Flags.string({
    env: 'PERPCTL_TV_METHOD',
    helpValue: 'weighted|exact',
    description:
      "taker volume: five minutes spread by volume (weighted, default), or the candles' own split (exact)",
  }),
}

export const skipFlags = {
  skip: Flags.string({
    env: 'PERPCTL_SKIP',
    helpValue: 'PART,PART',
    description: 'leave out some of ohlcv, oi-lsr, lq, rsi-tv',
  }),
}

const venueFlags = {
  venue: venueFlag,
  symbols: symbolsFlag,
}

const laneFlags = {
  proxies: Flags.string({
    env: 'PERPCTL_PROXIES',
    helpValue: 'URL,URL',
    description: 'http://user:pass@host:port or socks5://…; each is a lane with a budget of its own',
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
  'db-timeout': Flags.string({
    env: 'PERPCTL_DB_TIMEOUT',
    helpValue: '5m',
    description: 'how long to wait for a database that has gone away (default 5m)',
  }),
  'request-timeout': Flags.string({
    env: 'PERPCTL_REQUEST_TIMEOUT',
    helpValue: '15s',
    description: 'how long one request may take (default 15s)',
  }),
  'venue-timeout': Flags.string({
    env: 'PERPCTL_VENUE_TIMEOUT',
    helpValue: '1m',
    description: 'no answer over any lane for this long ends the run with exit code 75 (default 1m)',
  }),
}

const simFlags = {
  sim: Flags.boolean({
    env: 'PERPCTL_SIM',
    description: 'run against a built-in simulated venue, in a database of its own',
  }),
  'sim-data': Flags.string({
    env: 'PERPCTL_SIM_DATA',
    helpValue: 'FOLDER',
    description: 'with --sim: serve the recorded candles of this folder',
  }),
}

export const backfillFlags = {
  ...venueFlags,
  since: Flags.string({
    env: 'PERPCTL_SINCE',
    helpValue: 'WHEN',
    description: 'from: 2026-02-01, 30d, 12h or listing (default 30d)',
  }),
  until: Flags.string({
    env: 'PERPCTL_UNTIL',
    helpValue: 'WHEN',
    description: 'to, exclusive (default: now, kept up until the newest closed minute is in)',
  }),
  ...laneFlags,
  refetch: Flags.boolean({
    env: 'PERPCTL_REFETCH',
    description: 'ask again for what is already covered; what the venue has corrected is replaced',
  }),
  'dry-run': Flags.boolean({
    env: 'PERPCTL_DRY_RUN',
    description: 'print the plan (windows, requests, weight, time) and write nothing',
  }),
  ...simFlags,
}

export const doctorFlags = {
  venue: venueFlag,
  proxies: laneFlags.proxies,
  direct: laneFlags.direct,
  'request-timeout': laneFlags['request-timeout'],
  sim: simFlags.sim,
}

export const streamFlags = {
  ...venueFlags,
  since: Flags.string({
    env: 'PERPCTL_STREAM_SINCE',
    helpValue: 'WHEN',
    description: 'first fill history from here on (default: holes of the last 30 days in what is stored)',
  }),
  heartbeat: Flags.string({
    env: 'PERPCTL_HEARTBEAT',
    helpValue: '60s',
    description: 'between two lines that tell what came (default 60s)',
  }),
  for: Flags.string({
    env: 'PERPCTL_STREAM_FOR',
    helpValue: '1h',
    description: 'stop by itself after this long (default: never)',
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
  recheck: Flags.string({
    env: 'PERPCTL_RECHECK',
    helpValue: '1h',
    description: 'ask so often once more for what was closed since, and correct it; 0s: never (default 1h)',
  }),
  'stall-timeout': Flags.string({
    env: 'PERPCTL_STALL_TIMEOUT',
    helpValue: '15s',
    description: 'no data for this long on an open connection: connect anew (default 15s)',
  }),
  'reconnect-max': Flags.string({
    env: 'PERPCTL_RECONNECT_MAX',
    helpValue: '30s',
    description: 'the longest pause between two tries to connect (default 30s)',
  }),
  takeover: Flags.boolean({
    env: 'PERPCTL_TAKEOVER',
    description: 'end another stream of the same symbols and go on in its place',
  }),
  ...laneFlags,
  ...simFlags,
  'sim-rate': Flags.string({
    env: 'PERPCTL_SIM_RATE',
    helpValue: 'FACTOR',
    description: 'with --sim: how fast the time of the venue runs (default 1)',
  }),
}
