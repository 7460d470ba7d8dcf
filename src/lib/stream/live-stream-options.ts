import type { Instant } from '../config/instants.ts'
import type { RunEventBus } from '../events.ts'
import type { ConnectionState, OnFeedEvent, OnFeedMessage } from '../feed/events.ts'
import type { VenueClient } from '../http/venue-client.ts'
import type { ClientOf } from '../pipeline/fetch-page.ts'
import type { JobSymbol } from '../pipeline/job.ts'
import type { Candles, LiquidationSums, Store, VolumeReader } from '../ports.ts'
import type { Listing } from '../venue/listing.ts'
import type { HealContext } from './heal.ts'
import type { Spool } from './stream-commit.ts'
import type { UniverseOptions } from './universe.ts'

/** The connections to a live interface. */
export interface LiveFeed {
  readonly connections: readonly ConnectionState[]
  setSymbols(symbols: readonly string[]): void
  renew(symbol: string): void
  close(): Promise<void>
}

export interface LiveStreamOptions extends Omit<HealContext, 'events' | 'store' | 'venueNow'> {
  readonly events: RunEventBus
  /** For what the feed brings; gives up soon when the database is away. */
  readonly liveStore: Pick<Store, 'encode' | 'write'>
  /** For repairs and for what is made of candles. */
  readonly store: Store
  readonly candles: Candles
  readonly volumes: VolumeReader
  readonly sums: LiquidationSums
  readonly spool: Spool
  readonly client: Pick<VenueClient, 'fetch'>
  /** Sends what can wait: history, and checks of what is there. */
  readonly bulkClientOf: ClientOf
  readonly openFeed: (onMessage: OnFeedMessage, onEvent: OnFeedEvent) => LiveFeed
  readonly symbols: readonly JobSymbol[]
  /** The venue's time at the start. */
  readonly now: number
  /** The venue's time from which on the feed is heard: at the start, or before. */
  readonly heardFrom: number
  readonly since: Instant | undefined
  /** Undefined: no RSI. */
  readonly period: number | undefined
  readonly pollsOpenInterest: boolean
  /** Closed candles of so long are asked for again from time to time, and corrected. 0: never. */
  readonly recheckMs: number
  readonly heartbeatMs: number
  readonly readListing: () => Promise<Listing>
  /** What the list means for the symbols of this stream: those that come, and those that go. */
  readonly findChanges: UniverseOptions['findChanges']
  readonly release: UniverseOptions['release']
}
