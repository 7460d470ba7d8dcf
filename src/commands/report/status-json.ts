import type { SeriesReport } from '../../db/coverage-report.ts'
import type { Window } from '../../lib/model/window.ts'
import { toJson } from './json.ts'
import type { StatusReport } from './status-report.ts'
import { type DatasetTotal, sumUpDatasets } from './totals.ts'

/** All of it, whatever the screen shows. */
export function statusJson({ venue, clock, runs, series, unproven, suspects }: StatusReport): unknown {
  const totals = toJson(sumUpDatasets(series).map(totalJson))
  const symbols = series.map(createSeriesJson())
  return {
    runs: toJson(runs),
    coverage: {
      venue,
      now: toIso(clock.now),
      isVenueClock: clock.isVenues,
      totals,
      symbols,
      unproven: toJson(unproven),
      suspects: toJson(suspects),
    },
  }
}

const toIso = (ts: number): string => new Date(ts).toISOString()

/** What is missing was called holes once, and scripts know it by that name. */
const totalJson = ({ missingStretches: holes, ...total }: DatasetTotal) => ({
  ...total,
  holes,
  holeMinutes: total.missingMinutes,
})

/** Thousands of them share a few times. */
function createSeriesJson(): (series: SeriesReport) => unknown {
  const known = new Map<number, string>()
  const iso = (ts: number): string => {
    const text = known.get(ts) ?? toIso(ts)
    known.set(ts, text)
    return text
  }
  const isoOrNull = (ts: number | null): string | null => (ts === null ? null : iso(ts))
  const windowJson = ({ from, to }: Window) => ({ from: iso(from), to: iso(to) })
  // Field by field, as nothing that looks at what it is given is as quick.
  return (one) => ({
    symbol: one.symbol,
    dataset: one.dataset,
    state: one.state,
    wantedFrom: isoOrNull(one.wantedFrom),
    wantedTo: isoOrNull(one.wantedTo),
    from: isoOrNull(one.from),
    to: isoOrNull(one.to),
    dueTo: iso(one.dueTo),
    delisted: one.isDelisted,
    lagSeconds: one.lagSeconds,
    cadenceSeconds: one.cadenceSeconds,
    coveredMinutes: one.coveredMinutes,
    absentMinutes: one.absentMinutes,
    missingMinutes: one.missingMinutes,
    unprovenMinutes: one.unprovenMinutes,
    rebuildingMinutes: one.rebuildingMinutes,
    holes: one.missingStretches,
    holeMinutes: one.missingMinutes,
    firstHoles: one.firstMissing.map(windowJson),
    updatedAt: iso(one.updatedAt),
  })
}
