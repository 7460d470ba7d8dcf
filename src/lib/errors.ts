import type { ErrorType } from './model/error-types.ts'
import { cutValue } from './text/cut-value.ts'

/** Exit codes that users and cron rely on. */
export const EXIT = {
  done: 0,
  bug: 1,
  usage: 2,
  partial: 3,
  configuration: 4,
  database: 5,
  venue: 75,
} as const

/** What each of them means to whoever runs a command; after a signal it is 128 and the signal's number. */
export const EXIT_MEANINGS: readonly { readonly codes: readonly number[]; readonly meaning: string }[] = [
  { codes: [EXIT.done], meaning: 'done: all that the venue has is stored' },
  { codes: [EXIT.bug], meaning: 'a bug' },
  { codes: [EXIT.usage], meaning: 'wrong command line' },
  {
    codes: [EXIT.partial],
    meaning: 'partial: something could not be had; it is recorded, the rest is stored',
  },
  { codes: [EXIT.configuration], meaning: 'wrong configuration' },
  { codes: [EXIT.database], meaning: 'database not reachable, not migrated, or newer than this version' },
  {
    codes: [EXIT.venue],
    meaning: 'the venue cannot be used for now: run the same command again later',
  },
  { codes: [130, 143], meaning: 'ended by Ctrl-C, by SIGTERM' },
]

interface Details {
  readonly cause?: unknown
  /** What the user can do next, as a sentence. */
  readonly hint?: string
  /** Facts for `perp_errors.details`; never a secret. */
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * An error whose message is for the user: what happened and where. `hint` says what to do next; `exit` is the exit
 * code of a command that ends with it; `code` is stable, for `perp_errors.error_type` and scripts.
 */
export abstract class PerpctlError extends Error {
  abstract readonly code: ErrorType
  abstract readonly exit: number
  readonly hint: string | undefined
  readonly details: Readonly<Record<string, unknown>>

  constructor(message: string, { cause, hint, details }: Details = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.hint = hint
    this.details = details ?? {}
  }
}

/** The user must change the command line. */
export class UsageError extends PerpctlError {
  readonly code = 'usage'
  readonly exit = EXIT.usage
}

/** The user must change the configuration or the machine. */
export class ConfigurationError extends PerpctlError {
  readonly code = 'configuration'
  readonly exit = EXIT.configuration
}

/** The database is unreachable, not migrated, or refused the work. */
export class DatabaseError extends PerpctlError {
  readonly code = 'database'
  readonly exit = EXIT.database
}

/** The venue cannot be used at all for now: unreachable, every lane banned or blocked. Cron may retry. */
export class VenueUnavailableError extends PerpctlError {
  readonly code = 'venue_unavailable'
  readonly exit = EXIT.venue
}

/** The venue refused this one request for good (unknown symbol, bad parameter): asking again cannot help. */
export class VenueRefusedError extends PerpctlError {
  readonly code = 'venue_refused'
  readonly exit = EXIT.partial
}

/** One request failed in each of its attempts; the job it belongs to has failed, others go on. */
export class RequestFailedError extends PerpctlError {
  readonly code = 'request_failed'
  readonly exit = EXIT.partial
}

/** An answer that is not what the venue promises; carries where and a sample. Worth another try. */
export class PayloadError extends PerpctlError {
  readonly code = 'payload'
  readonly exit = EXIT.partial

  constructor(path: string, problem: string, sample: unknown) {
    super(`${path}: ${problem}`, { details: { path, sample: sampleOf(sample) } })
  }
}

const SAMPLE_LENGTH = 200

/** The beginning of what was sent, however long and deep it is. */
export function sampleOf(value: unknown): string {
  const cut = cutValue(value, { depth: 6, entries: 40, characters: SAMPLE_LENGTH + 1 })
  const text = typeof cut === 'string' ? cut : (JSON.stringify(cut) ?? String(cut))
  return text.length > SAMPLE_LENGTH ? `${text.slice(0, SAMPLE_LENGTH)}…` : text
}

/** The chain of messages from an error down to its first cause, for logs and `perp_errors.details`. */
export function causesOf(error: unknown): string[] {
  const messages: string[] = []
  for (let at: unknown = error; at instanceof Error && messages.length < 8; at = at.cause) {
    const code = 'code' in at && !(at instanceof PerpctlError) ? String(at.code) : ''
    messages.push(code === '' || at.message.includes(code) ? at.message : `${at.message} (${code})`)
  }
  return messages
}
