import { DAY } from '../../src/lib/model/window.ts'
import type { SimulatorOptions } from '../../src/sim/index.ts'

export const SYMBOL_COUNT = 700

/** The venue behind a raw feed: its clock stands still unless it is moved. A stream is up before its first minute ends. */
export const VENUE = {
  symbolCount: SYMBOL_COUNT,
  seed: 'bench',
  hasLimits: false,
  clock: { startAt: Date.UTC(2026, 5, 1, 0, 2, 50), rate: 0 },
} as const satisfies SimulatorOptions

/** The same market when everything that a feed can send is over. */
export const FUTURE: SimulatorOptions = {
  ...VENUE,
  clock: { startAt: VENUE.clock.startAt + 3 * DAY, rate: 0 },
}
