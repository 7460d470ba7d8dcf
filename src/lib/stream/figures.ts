/** How a stream is doing, for displays and the record of the run. */
export interface StreamFigures {
  readonly symbols: number
  readonly connections: number
  /** Connections that deliver. */
  readonly live: number
  readonly frames: number
  /** From the venue's event to the commit, milliseconds; null where nothing was committed in the interval. */
  readonly lagP50: number | null
  readonly lagP99: number | null
  /** Minutes of which the venue's own interface said something else than the feed. */
  readonly corrected: number
  readonly duplicates: number
  readonly disconnects: number
  /** Batches that wait on the disk. */
  readonly spooled: number
  /** Minutes that are over and not in hand. */
  readonly missingMinutes: number
}
