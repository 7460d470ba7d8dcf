import type { StreamLimits } from '../../core/stream/stream-options.ts'

/** How the live stream behaves, where the real one's way is not known, or changed. */
export interface StreamOptions extends Partial<StreamLimits> {
  /** Venue time between two frames of a running candle (default 250), but never less than about 20 real milliseconds. */
  readonly klinePushMs?: number
  /** Venue time from the end of a minute to the frame of its closed candle; default 100. */
  readonly closeDelayMs?: number
  /** Whether a minute without trades has frames (default true). */
  readonly closesQuietMinutes?: boolean
  /** Which liquidation of a symbol and second is shown: the largest (default) or the latest. */
  readonly forceOrder?: 'largest' | 'latest'
  /**
   * Where a liquidation tells `ps` and `st`: inside `o` (default), beside it, or not at all, as before the coin-margined
   * contracts came into the common streams.
   */
  readonly forceOrderTags?: 'inside' | 'beside' | 'absent'
}
