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

/** Of the RSI and of taker volume. */
export const indicatorFlags = {
  period: Flags.string({
    env: 'PERPCTL_PERIOD',
    helpValue: '2-1000',
    description: 'minutes that the RSI averages over (default 14)',
  }),
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

export const backfillFlags = {
  venue: venueFlag,
  symbols: symbolsFlag,
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
  refetch: Flags.boolean({
    env: 'PERPCTL_REFETCH',
    description: 'ask again for what is already covered; what the venue has corrected is replaced',
  }),
  'dry-run': Flags.boolean({
    env: 'PERPCTL_DRY_RUN',
    description: 'print the plan (windows, requests, weight, time) and write nothing',
  }),
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
