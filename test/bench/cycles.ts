import { setTimeout as sleep } from 'node:timers/promises'
import type { VenueProcess, VenueStats } from './venue-process.ts'

const POLL = 50
/** The venue hears nothing for this long: the budget is spent and the client waits for the next one. */
const PAUSE = 3_000

interface Sample {
  readonly at: number
  readonly count: number
}

/**
 * What the venue has served (`count` of its statistics) from the first request to the first one after `cycles` waits,
 * and how long that took. Both ends are taken so that the error makes the time longer.
 */
export function watchCycles(venue: VenueProcess, cycles: number, count: (stats: VenueStats) => number) {
  const abort = new AbortController()
  const samples: Sample[] = []
  const watching = (async () => {
    while (!abort.signal.aborted) {
      samples.push({ at: performance.now(), count: count(await venue.stats()) })
      await sleep(POLL, undefined, { signal: abort.signal }).catch(() => {})
    }
  })()
  return {
    async end() {
      abort.abort()
      await watching
      return readCycles(samples, cycles)
    },
  }
}

function readCycles(samples: readonly Sample[], cycles: number) {
  const rises = samples.flatMap((sample, at) => {
    const before = samples[at - 1]
    return before && sample.count > before.count ? [{ before, sample }] : []
  })
  const [first] = rises
  const starts = rises.filter(
    ({ sample }, at) => at > 0 && sample.at - (rises[at - 1]?.sample.at ?? 0) > PAUSE,
  )
  const last = starts[cycles - 1]
  if (!first || !last) throw new Error(`the run ended before its wait number ${cycles}`)
  const burstEnd = rises[rises.indexOf(starts[0] ?? last) - 1]
  const since = (at: number): number => (at - first.before.at) / 1_000
  return {
    count: last.before.count - first.before.count,
    seconds: since(last.sample.at),
    burstSeconds: since(burstEnd?.sample.at ?? 0),
  }
}
