import { ownCommand } from '../../lib/text/own-command.ts'

/** What a report says before the first run. */
export const NOTHING_YET = `nothing is stored yet: begin with ${ownCommand('backfill ohlcv --symbols BTCUSDT')} (with --sim it needs no network)`

const [first = '', ...rest] = NOTHING_YET
/** The same as a sentence of its own. */
export const NOTHING_YET_SENTENCE = `${first.toUpperCase()}${rest.join('')}.`

/** `status --json` before the first run. */
export const emptyStatus = (venue: string, now: number) => ({
  runs: [],
  coverage: {
    venue,
    now: new Date(now).toISOString(),
    isVenueClock: false,
    totals: [],
    symbols: [],
    unproven: [],
    suspects: [],
  },
})
