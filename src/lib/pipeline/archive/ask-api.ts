import { VenueRefusedError } from '../../errors.ts'
import type { Dataset, RowOf } from '../../model/market.ts'
import {
  ceilTo,
  floorTo,
  intersect,
  MINUTE,
  normalize,
  pointsToWindows,
  type Window,
} from '../../model/window.ts'
import { oldestKept, pagesOf } from '../../plan/wanted.ts'
import { fetchPage, type PageNeeds } from '../fetch-page.ts'
import type { Job } from '../job.ts'
import { restrictPage } from '../page.ts'
import { prepareRoute } from '../prepare-route.ts'
import { spreadSteps } from '../refine.ts'

/** What the API has now. */
export interface ApiRows {
  /** A row for each minute. */
  readonly rows: readonly RowOf[Dataset][]
  /** Their minutes. */
  readonly told: readonly Window[]
}

/**
 * Asks the route of a job for single minutes, whoever has stored what there. Those that it does not keep any more, or has
 * no sound row of, are not in the answer. Throws what the client throws, but for a refusal.
 */
export async function askApi(job: Job, minutes: readonly Window[], needs: PageNeeds): Promise<ApiRows> {
  const { route } = job
  await prepareRoute(route, needs)
  const oldest = oldestKept(route, needs.now) ?? Number.NEGATIVE_INFINITY
  const steps = intersect(widen(minutes, route.stepMs), [{ from: oldest, to: Number.POSITIVE_INFINITY }])
  const [first, last] = [steps[0], steps.at(-1)]
  const rows: RowOf[Dataset][] = []
  if (!first || !last) return { rows, told: [] }
  for (const page of pagesOf(route, { from: first.from, to: last.to }))
    rows.push(...(await askPage(job, intersect(steps, [page]), needs)))
  const single = spreadSteps(rows, route.stepMs).filter(({ ts }) => isInside(ts, minutes))
  return {
    rows: single,
    told: pointsToWindows(
      single.map(({ ts }) => ts),
      MINUTE,
    ),
  }
}

/** The rows of `steps`, which one page holds; of events as many as it takes. */
async function askPage(
  job: Job,
  steps: readonly Window[],
  needs: PageNeeds,
): Promise<readonly RowOf[Dataset][]> {
  const [first, last] = [steps[0], steps.at(-1)]
  const rows: RowOf[Dataset][] = []
  let rest: Window | undefined = first && last && { from: first.from, to: last.to }
  try {
    while (rest) {
      const window: Window = rest
      const page = await fetchPage({ job, window, kind: 'gap', attempt: 1, gapEnd: window.to }, needs)
      rows.push(...restrictPage(page, steps).rows)
      rest = page.rest
    }
  } catch (error) {
    if (!(error instanceof VenueRefusedError)) throw error
  }
  return rows
}

const widen = (windows: readonly Window[], stepMs: number): Window[] =>
  normalize(windows.map(({ from, to }) => ({ from: floorTo(from, stepMs), to: ceilTo(to, stepMs) })))

const isInside = (ts: number, windows: readonly Window[]): boolean =>
  windows.some(({ from, to }) => ts >= from && ts < to)
