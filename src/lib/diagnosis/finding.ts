import { causesOf, type PerpctlError } from '../errors.ts'

/** What a diagnosis looks at, in the order in which it is told. */
export const GROUPS = ['configuration', 'database', 'clock', 'lanes', 'feed', 'key'] as const
export type Group = (typeof GROUPS)[number]

/**
 * `note`: worth knowing, nothing to mend. `warning`: works, but not as it should. `failed`: a run that needs it cannot
 * do its work. `skipped`: could not be looked at, as something before it failed.
 */
export type Status = 'ok' | 'note' | 'warning' | 'failed' | 'skipped'

/** One thing that was looked at. */
export interface Finding {
  readonly group: Group
  /** Unique within its group. */
  readonly name: string
  readonly status: Status
  /** What was found, and where. */
  readonly message: string
  /** What to do next; null where there is nothing to do. */
  readonly hint: string | null
  /** The facts behind it, for scripts. Never a secret. */
  readonly details: Readonly<Record<string, unknown>>
}

export interface Extra {
  readonly hint?: string | null | undefined
  readonly details?: Readonly<Record<string, unknown>>
}

/** Makes the findings of one group. */
export interface Findings {
  ok(name: string, message: string, extra?: Extra): Finding
  note(name: string, message: string, extra?: Extra): Finding
  warning(name: string, message: string, extra?: Extra): Finding
  failed(name: string, message: string, extra?: Extra): Finding
  skipped(name: string, message: string, extra?: Extra): Finding
  /** An error in its own words. */
  error(name: string, error: PerpctlError): Finding
}

export function findingsOf(group: Group): Findings {
  const as =
    (status: Status) =>
    (name: string, message: string, { hint = null, details = {} }: Extra = {}): Finding => ({
      group,
      name,
      status,
      message,
      hint,
      details,
    })
  const failed = as('failed')
  return {
    ok: as('ok'),
    note: as('note'),
    warning: as('warning'),
    failed,
    skipped: as('skipped'),
    error: (name, error) => {
      const { code, hint, details } = error
      return failed(name, error.message, {
        hint,
        details: { type: code, ...details, causes: causesOf(error).slice(1) },
      })
    },
  }
}
