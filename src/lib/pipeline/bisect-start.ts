import { floorTo, type Window } from '../model/window.ts'
import { askTimes, type PageNeeds } from './fetch-page.ts'
import type { Job } from './job.ts'

/**
 * The time of the first row in `window` by halving it, a page at a time; undefined where no page has one. Right where rows
 * go on from the first to the end of the window: a silence in between may be taken for what lies before the first.
 */
export async function bisectStart(
  job: Job,
  { from, to }: Window,
  needs: PageNeeds,
): Promise<number | undefined> {
  const { stepMs, pageRows } = job.route
  const page = pageRows * stepMs
  let [low, high] = [from, to]
  while (low < high) {
    const middle = Math.max(low, floorTo(low + Math.max(0, high - low - page) / 2, stepMs))
    const asked = { from: middle, to: Math.min(high, middle + page) }
    const times = (await askTimes(job, asked, needs)).flat()
    // A full answer may lack the oldest of its window: they are asked for with what lies before.
    if (times.length === 0) low = asked.to
    else high = Math.min(...times)
  }
  return high < to ? high : undefined
}
