import { expect } from 'vitest'
import type { CliResult, Environment } from './cli.ts'

export interface Row {
  readonly group: string
  readonly name: string
  readonly status: string
  readonly message: string
  readonly hint: string | null
  readonly details: Readonly<Record<string, unknown>>
}

export interface Diagnosis {
  readonly code: number | undefined
  readonly summary: string
  readonly rows: readonly Row[]
  /** `status` of each row by `group name`. */
  readonly statuses: Readonly<Record<string, string>>
  row(group: string, name: string): Row
}

/** Of `doctor --json`, with its own words on its exit code checked against the real one. */
export function readDiagnosis({ code, stdout }: Pick<CliResult, 'code' | 'stdout'>): Diagnosis {
  const { exit, summary, checks }: { exit: number; summary: string; checks: Row[] } = JSON.parse(stdout)
  expect(exit).toBe(code)
  return {
    code,
    summary,
    rows: checks,
    statuses: Object.fromEntries(checks.map(({ group, name, status }) => [`${group} ${name}`, status])),
    row(group, name) {
      const found = checks.find((check) => check.group === group && check.name === name)
      if (!found) throw new Error(`no ${group} ${name} in ${stdout}`)
      return found
    },
  }
}

/** Everything that is looked at where a database of one's own is there and the own address is the only lane. */
export const ALL_WELL = {
  'configuration settings': 'ok',
  'configuration home': 'ok',
  'configuration spool': 'ok',
  'database connection': 'ok',
  'database sessions': 'ok',
  'database version': 'ok',
  'database tables': 'ok',
  'database rights': 'ok',
  'database extensions': 'note',
  'database time zone': 'ok',
  'database server clock': 'ok',
  'database locks': 'ok',
  'database size': 'ok',
  'database space': 'note',
  'clock local clock': 'ok',
  'lanes direct': 'ok',
  'feed direct': 'ok',
  'key COINALYZE_KEY': 'ok',
} as const

/** For a command line that must find nothing to ask a venue. */
export const NOWHERE: Environment = {
  PERPCTL_BINANCE_REST_URL: 'http://127.0.0.1:1',
  PERPCTL_BINANCE_WS_URL: 'ws://127.0.0.1:1',
  PERPCTL_COINALYZE_URL: 'http://127.0.0.1:1',
}
