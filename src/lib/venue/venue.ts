import type { Instrument, OpenInterest } from '../model/market.ts'
import type { Api } from './api.ts'
import type { Archive } from './archive.ts'
import type { Feed } from './feed.ts'
import type { Listing, OddEntry } from './listing.ts'
import type { Endpoint } from './request.ts'
import type { RouteMap } from './route.ts'

/** An exchange as data. Implemented by the folders of `src/venues`. */
export interface Venue extends Api {
  /** No row of any dataset is older. */
  readonly historyStart: number
  /** The venue's server time, milliseconds since the epoch. */
  readonly probe: Endpoint<number>
  readonly listing: Endpoint<Listing>
  /** Settings of the venue that its routes need, read once before planning. */
  readonly prepare?: Endpoint<readonly OddEntry[]>
  readonly routes: RouteMap
  /** Open interest as it is at the venue's `now`: a row of the minute that begins next, as it is not known before. */
  openInterestNow?(symbol: string, now: number): Endpoint<OpenInterest>
  /** Its history in files, where it publishes such. */
  readonly archive?: Archive
  /** Where it tells what happens as it happens: each address by itself, together all that is told; none: nowhere. */
  readonly feeds: readonly Feed[]
  /** Whether `--symbols all` means this one. */
  isTradable(instrument: Instrument): boolean
  /** Whether it trades around the clock, so that each newest minute has a row. */
  isContinuous(instrument: Instrument): boolean
}
