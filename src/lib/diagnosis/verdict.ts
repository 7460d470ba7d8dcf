import { EXIT } from '../errors.ts'
import { formatPlural } from '../text/numbers.ts'
import type { Finding, Group } from './finding.ts'

/** What a diagnosis comes to. */
export interface Verdict {
  /** That of what has to be mended first; 0 where nothing failed. */
  readonly exit: number
  readonly problems: number
  readonly warnings: number
  /** In one line. */
  readonly summary: string
}

/** What has to be mended first comes first: what comes after it may well be its consequence. */
const ORDER: readonly number[] = [EXIT.configuration, EXIT.database, EXIT.venue, EXIT.partial]
const NAMED = 5
/** Of the database, what its choice decides: a pooler, an encoding. */
const CHOSEN = ['sessions', 'version']

const CODES: Readonly<Record<Exclude<Group, 'lanes' | 'feed'>, number>> = {
  configuration: EXIT.configuration,
  key: EXIT.configuration,
  database: EXIT.database,
  clock: EXIT.partial,
}

export function judgeFindings(findings: readonly Finding[]): Verdict {
  const ranked = findings
    .filter(({ status }) => status === 'failed')
    .map((finding) => ({ finding, exit: exitOf(finding, findings) }))
    .toSorted((a, b) => ORDER.indexOf(a.exit) - ORDER.indexOf(b.exit))
  const warned = findings.filter(({ status }) => status === 'warning')
  const problems = ranked.map(({ finding }) => finding)
  const parts = [
    problems.length === 0 ? 'All is well' : count(problems, 'problem'),
    ...(warned.length === 0 ? [] : [count(warned, 'warning')]),
  ]
  return {
    exit: ranked[0]?.exit ?? EXIT.done,
    problems: problems.length,
    warnings: warned.length,
    summary: parts.join('; '),
  }
}

/** One way to the venue that works is enough for a run that does less; without any there is none. */
function exitOf({ group, name, details }: Finding, findings: readonly Finding[]): number {
  if (group === 'database' && CHOSEN.includes(name) && details.type === 'configuration')
    return EXIT.configuration
  if (group !== 'lanes' && group !== 'feed') return CODES[group]
  const works = findings.some((other) => other.group === group && ['ok', 'warning'].includes(other.status))
  return works ? EXIT.partial : EXIT.venue
}

function count(findings: readonly Finding[], noun: string): string {
  const names = findings.slice(0, NAMED).map(({ group, name }) => `${name} (${group})`)
  const more = findings.length > NAMED ? [`${findings.length - NAMED} more`] : []
  return `${formatPlural(findings.length, noun)}: ${[...names, ...more].join(', ')}`
}
