import { ownCommand } from '../text/own-command.ts'

/** One type of what `perp_errors` records. */
interface ErrorTypeEntry {
  readonly type: string
  /** `warning`: healed, or harmless; `error`: data are missing, or a run has ended; `both`: each row tells which. */
  readonly severity: 'warning' | 'error' | 'both'
  /** What happened, and what perpctl has done about it. */
  readonly meaning: string
  /** What is left to whoever reads it. */
  readonly action: string
}

const NOTHING = 'nothing'
const NEXT_RUN = 'nothing: the next backfill asks again'

/** Every type that there is, by name: what `errors --type` takes, completion offers, and the documents explain. */
export const ERROR_TYPES = [
  {
    type: 'archive_file',
    severity: 'both',
    meaning:
      'a file of the bulk archive is not there, or not what its checksum, its format or its rows promise: nothing of it was stored; or rows of it were not as stored: then the message tells what stands now',
    action:
      'with --source auto, or where rows differed, nothing: the API was asked; otherwise run the same command with --source auto',
  },
  {
    type: 'bad_entry',
    severity: 'warning',
    meaning: 'an entry of a list of the venue is not what it promises: it was left out, the others stand',
    action: 'nothing, unless it is a symbol that you want: name it with --symbols',
  },
  {
    type: 'bad_frame',
    severity: 'warning',
    meaning: 'a frame of the live feed could not be read and was left out; what it held is fetched',
    action: NOTHING,
  },
  {
    type: 'bad_row',
    severity: 'both',
    meaning:
      'a row of the venue breaks a rule (a price of 0, a high below the low): it is not stored, its minute stays missing',
    action: 'look at the row with --verbose; a backfill asks again, and the venue may have corrected it',
  },
  {
    type: 'bug',
    severity: 'error',
    meaning: 'perpctl itself has failed where it must not; the run has ended with 1',
    action: 'report it with the details that --verbose shows; the next run goes on from what is stored',
  },
  {
    type: 'configuration',
    severity: 'error',
    meaning:
      'a setting or the machine does not allow it; the run, or the part that needs it, has ended with 4',
    action: `change what the message names; ${ownCommand('doctor')} checks all of it`,
  },
  {
    type: 'connect_failed',
    severity: 'warning',
    meaning:
      'a connection to the live feed did not come up; it is tried again, and what it would have told is fetched',
    action: `where it goes on: check the network and the proxies with ${ownCommand('doctor')}`,
  },
  {
    type: 'cut_answer',
    severity: 'warning',
    meaning: 'an answer left out rows that the venue has: smaller pages are asked for in the rest of the run',
    action: NOTHING,
  },
  {
    type: 'database',
    severity: 'both',
    meaning: 'the database could not be reached, is not migrated, or refused the work',
    action: `${ownCommand('doctor')} says which; then run the same command again`,
  },
  {
    type: 'database_away',
    severity: 'warning',
    meaning:
      'the database does not answer a stream: its rows wait on the disk and are written in order later',
    action: 'bring the database back before the disk is full',
  },
  {
    type: 'disconnect',
    severity: 'warning',
    meaning: 'a connection to the live feed was lost, from when to when; what it did not tell was fetched',
    action: `where there are many: check the network with ${ownCommand('doctor')}`,
  },
  {
    type: 'duplicate_rows',
    severity: 'warning',
    meaning: 'an answer had the same row twice: it is stored once',
    action: NOTHING,
  },
  {
    type: 'failures_dropped',
    severity: 'error',
    meaning:
      'failures came faster than the database took them: so many of each type were counted and not recorded',
    action: 'look at those before it: they are of the same kind',
  },
  {
    type: 'gap',
    severity: 'both',
    meaning: 'minutes before or inside a stream could not be had yet; they are asked for again',
    action: `where they stay missing: ${ownCommand('backfill ohlcv')}`,
  },
  {
    type: 'http_202',
    severity: 'warning',
    meaning: "the venue's firewall answered instead of the venue: the address is silent for a while",
    action: 'where it goes on: fewer programs on this address, or --proxies',
  },
  {
    type: 'http_403',
    severity: 'warning',
    meaning: "the venue's firewall has refused the address: it is silent for a while",
    action: 'where it goes on: fewer programs on this address, or --proxies',
  },
  {
    type: 'http_418',
    severity: 'warning',
    meaning: 'the venue has banned the address until a time that the message names; other addresses go on',
    action: 'find what else asks from this address; perpctl waits by itself',
  },
  {
    type: 'http_429',
    severity: 'warning',
    meaning: 'the limit of the address or key is reached: it is silent for as long as the venue says',
    action: 'find what else asks from this address; perpctl waits by itself',
  },
  {
    type: 'http_451',
    severity: 'warning',
    meaning: 'the venue does not serve the place of this address: it is left out',
    action: 'use --proxies elsewhere, and --no-direct where the own address is of no use',
  },
  {
    type: 'http_500',
    severity: 'warning',
    meaning: 'this or another status (408, 502, 503 …): trouble of the venue; the request was sent again',
    action: NOTHING,
  },
  {
    type: 'label_unknown',
    severity: 'error',
    meaning: 'the stored candles do not tell what the timestamps of the taker volume mean: none was stored',
    action: `fill candles with ${ownCommand('backfill ohlcv')}, or use --tv-method exact`,
  },
  {
    type: 'network',
    severity: 'warning',
    meaning: 'a request or its answer was lost on the way; it was sent again',
    action: `where it goes on: check the network and the proxies with ${ownCommand('doctor')}`,
  },
  {
    type: 'not_made',
    severity: 'error',
    meaning: 'RSI, index or taker volume could not be made: the candles that they are made of are missing',
    action: `run ${ownCommand('backfill ohlcv')}, then ${ownCommand('backfill rsi-tv')}`,
  },
  {
    type: 'not_served',
    severity: 'error',
    meaning: 'the source has nothing of this symbol',
    action: 'nothing, or leave the part out with --skip',
  },
  {
    type: 'overflow',
    severity: 'error',
    meaning:
      'there was no room on the disk while the database was away: rows of a stream are lost, and candles asked for again',
    action: `make room in the home folder, bring the database back, run ${ownCommand('backfill all')}`,
  },
  {
    type: 'payload',
    severity: 'both',
    meaning: 'an answer as a whole is not what the venue promises; it was asked for again',
    action: 'where it goes on: look for a newer perpctl, the venue may have changed its interface',
  },
  {
    type: 'proxy',
    severity: 'warning',
    meaning: 'a proxy refused or lost a request; it went over another lane, or again',
    action: `check the proxy and its login: ${ownCommand('doctor')} names what is wrong`,
  },
  {
    type: 'refused_message',
    severity: 'warning',
    meaning: 'the live feed refused a subscription; its rows are fetched',
    action: 'where it goes on: check that the symbol still trades',
  },
  {
    type: 'refused_row',
    severity: 'error',
    meaning: 'the database refused a row that passed all rules: its minute stays missing, the rest is stored',
    action: 'look at the row with --verbose and at the rules of your own on that table',
  },
  {
    type: 'request_failed',
    severity: 'both',
    meaning:
      'one request has failed in all its attempts while others were answered: its window stays missing',
    action: NEXT_RUN,
  },
  {
    type: 'shared_address',
    severity: 'warning',
    meaning: 'two names turn out to leave from one address: they share its budget from now on',
    action: 'give both machines the same PERPCTL_ADDRESS',
  },
  {
    type: 'timeout',
    severity: 'warning',
    meaning: 'no complete answer came within --request-timeout; the request was sent again',
    action: `where it goes on: check the network and the proxies with ${ownCommand('doctor')}`,
  },
  {
    type: 'unproven',
    severity: 'error',
    meaning: 'the venue answers without rows where some should be; one run alone does not believe it',
    action: NEXT_RUN,
  },
  {
    type: 'usage',
    severity: 'error',
    meaning: 'the command line asks for what cannot be; the run has ended with 2',
    action: 'change what the message names',
  },
  {
    type: 'venue_refused',
    severity: 'both',
    meaning: 'the venue refuses the symbol or the question for good: asking again cannot help',
    action: 'check the name of the symbol; the message has near matches',
  },
  {
    type: 'venue_unavailable',
    severity: 'both',
    meaning:
      'the venue could not be used: unreachable, or every lane is banned or blocked; the run has ended with 75',
    action: `run the same command again later; ${ownCommand('doctor')} tells what it depends on`,
  },
] as const satisfies readonly ErrorTypeEntry[]

/** Stable, for filters. Of the statuses that a venue answers with only some have an entry of their own. */
export type ErrorType = (typeof ERROR_TYPES)[number]['type'] | `http_${number}`

/** A status without an entry of its own means what other statuses mean. */
const OTHER_STATUS = 'http_500'

/** Undefined for what a version of another time has written. */
export function findErrorType(type: string): ErrorTypeEntry | undefined {
  const name = /^http_\d+$/.test(type) && !ERROR_TYPES.some((one) => one.type === type) ? OTHER_STATUS : type
  return ERROR_TYPES.find((one) => one.type === name)
}
