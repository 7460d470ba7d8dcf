import { floorTo, intersect, span, subtract, type Window } from '../model/window.ts'
import { dueMinutes, findOverdue } from '../plan/schedule.ts'
import { oldestKept } from '../plan/wanted.ts'
import type { Evidence, Store } from '../ports.ts'
import { AGREEMENT_PAUSE, type Bounds, countsAsEvidence, isAbsent, maySettleAtOnce } from './absence.ts'
import { askTimes, type PageNeeds } from './fetch-page.ts'
import type { Doubt, Job } from './job.ts'

/** Rows that are looked for on each side of a stretch: two questions of one shape would be one. */
const REACHES = [2, 20] as const

/** What became of a stretch without rows. */
export type Finding =
  /** The venue has no row there. */
  | { readonly kind: 'absent'; readonly absent: readonly Window[]; readonly evidence: readonly Evidence[] }
  /** It has: an answer was cut, or the venue was in trouble. */
  | { readonly kind: 'contradicted' }
  /** Not believed yet. */
  | { readonly kind: 'unproven'; readonly askAgainAt: number; readonly evidence: readonly Evidence[] }
  /** No row on either side: the answers say nothing. */
  | { readonly kind: 'unanswered' }
  /** There may be rows later: it is the newest edge of what trades. */
  | { readonly kind: 'open' }

export interface ProverNeeds extends PageNeeds {
  readonly store: Pick<Store, 'evidence'>
  /** The id of the run. */
  readonly run: string
}

/** Asks about one stretch without rows until it is explained, or this run can do no more. */
export async function prove(job: Job, doubt: Doubt, needs: ProverNeeds): Promise<Finding> {
  const { window: stretch } = doubt
  const bounds = boundsOf(job, needs)
  const earlier = await needs.store.evidence(job.dataset, job.symbol, stretch)
  const gathered: Evidence[] = []
  for (const reach of REACHES) {
    const seen = await lookAround(job, doubt, reach, needs)
    if (seen === 'contradicted') return { kind: 'contradicted' }
    if (seen === 'explained') return { kind: 'absent', absent: [], evidence: gathered }
    const { before, after } = seen
    if (!countsAsEvidence(seen, bounds))
      return { kind: before === undefined && after === undefined ? 'unanswered' : 'open' }
    if (job.hasSessions && after === undefined) return { kind: 'open' }
    gathered.push(seen)
    if (isAbsent(stretch, [...earlier, ...gathered], bounds))
      return { kind: 'absent', absent: absentIn(job, stretch), evidence: gathered }
    if (!maySettleAtOnce(seen, bounds)) break
  }
  const oldest = Math.min(...[...earlier, ...gathered].map(({ askedAt }) => askedAt))
  const askAgainAt = Math.max(oldest, needs.venueNow() - AGREEMENT_PAUSE) + AGREEMENT_PAUSE
  return { kind: 'unproven', askAgainAt, evidence: gathered }
}

function boundsOf(job: Job, needs: ProverNeeds): Bounds {
  const { route, listedSince, endsAt, isLive, hasSessions } = job
  // An event that is due is never believed to be missing from one look.
  const longestAtOnce = route.schedule ? 0 : route.pageRows * route.stepMs
  return { listedSince, endsAt, isLive, hasSessions, now: needs.venueNow(), longestAtOnce }
}

const absentIn = ({ route, symbol }: Job, stretch: Window): Window[] =>
  route.schedule ? dueMinutes(route.schedule, symbol, stretch) : [stretch]

/** Questions about the stretch and what lies around it, until one answer has a row on either side. */
async function lookAround(
  job: Job,
  doubt: Doubt,
  reach: number,
  needs: ProverNeeds,
): Promise<Evidence | 'contradicted' | 'explained'> {
  let best: Evidence | undefined
  for (const view of viewsOf(job, doubt.window, reach, needs)) {
    const seen = await look(job, doubt, view, needs)
    if (typeof seen === 'string') return seen
    if (best === undefined || sidesOf(seen) > sidesOf(best)) best = seen
    if (sidesOf(best) === 2) break
  }
  return best ?? 'contradicted'
}

const sidesOf = ({ before, after }: Evidence): number =>
  (before === undefined ? 0 : 1) + (after === undefined ? 0 : 1)

interface View {
  readonly window: Window
  /** Only so many rows, the first. */
  readonly rows?: number
}

/** Where to look, the likeliest first. */
function* viewsOf(job: Job, stretch: Window, reach: number, needs: ProverNeeds): Generator<View> {
  const { route } = job
  const unit = route.schedule?.longestMs ?? route.stepMs
  const around = (hull: Window): View => viewOf(job, hull, reach, needs)
  // An answer that holds only the first rows would end before the stretch again: it is asked about alone first.
  if (route.schedule)
    yield { window: { from: stretch.from, to: Math.min(stretch.to, stretch.from + reach * unit) } }
  yield around(stretch)
  // A venue may count its rows by time: then the first ones after the start end inside of the stretch.
  if (route.firstRequest && span(stretch) / unit + 2 * reach <= route.pageRows)
    yield { window: { from: stretch.from - reach * unit, to: stretch.to + reach * unit } }
  // The rows next to it are further away than usual where there is another stretch without rows beside it.
  const { before, after } = nearestRows(job, stretch)
  if (before !== undefined || after !== undefined)
    yield around({ from: before ?? stretch.from, to: after === undefined ? stretch.to : after + unit })
}

function viewOf({ route }: Job, { from, to }: Window, reach: number, { now }: ProverNeeds): View {
  const unit = route.schedule?.longestMs ?? route.stepMs
  const oldest = oldestKept(route, now) ?? 0
  const start = Math.min(from, Math.max(from - reach * unit, oldest))
  if (!route.firstRequest) return { window: { from: start, to: to + reach * unit } }
  // However far the next row is: the answer holds the first ones, up to now.
  const end = Math.max(to + unit, floorTo(now, route.stepMs))
  return { window: { from: start, to: end }, rows: Math.round((from - start) / unit) + reach }
}

async function look(
  job: Job,
  { window: stretch, isHalf }: Doubt,
  { window, rows }: View,
  needs: ProverNeeds,
): Promise<Evidence | 'contradicted' | 'explained'> {
  const askedAt = needs.venueNow()
  const answers = await askTimes(job, window, needs, rows)
  const [first = []] = answers
  const whole = answers.length > 1 ? first.filter((ts) => answers.every((own) => own.includes(ts))) : first
  // Where some answers are known to have rows, only one in all of them is news.
  const times = isHalf ? whole : [...new Set(answers.flat())].toSorted((a, b) => a - b)
  if (times.some((ts) => ts >= stretch.from && ts < stretch.to)) return 'contradicted'
  if (job.route.schedule && isExplained(job, stretch, window, times)) return 'explained'
  const before = times.findLast((ts) => ts < stretch.from)
  const after = times.find((ts) => ts >= stretch.to)
  return { stretch, asked: window, before, after, askedAt, run: needs.run }
}

/** Seen with its neighbours, the schedule has no event there. */
function isExplained(
  { route, symbol }: Job,
  stretch: Window,
  window: Window,
  times: readonly number[],
): boolean {
  if (!route.schedule || times.length < 2) return false
  const [first = window.from, last = window.to] = [times[0], times.at(-1)]
  const seen = { symbol, covered: [{ from: first, to: last + route.stepMs }], times, since: 0 }
  const isSeen = first < stretch.from && last >= stretch.to
  return isSeen && intersect(findOverdue(route.schedule, seen), [stretch]).length === 0
}

/** The stored rows nearest to a stretch; of events the coverage does not tell where they are. */
function nearestRows({ route, known }: Job, stretch: Window): { before?: number; after?: number } {
  if (route.shape === 'events') return {}
  const stored = subtract(known.covered, known.absent).filter((window) => span(window) > 0)
  const left = stored.findLast(({ from }) => from < stretch.from)
  const right = stored.find(({ to }) => to > stretch.to)
  return {
    ...(left ? { before: Math.min(left.to, stretch.from) - route.stepMs } : {}),
    ...(right ? { after: Math.max(right.from, stretch.to) } : {}),
  }
}
