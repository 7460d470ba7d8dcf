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
  /** Symbols of which minutes are being fetched, or are to be. */
  readonly repairing: number
  readonly lastDisconnect: LastDisconnect | null
}

export interface LastDisconnect {
  /** The venue's time of the last data before it. */
  readonly from: number
  /** Until data came again; null while they do not. */
  readonly seconds: number | null
  readonly reason: string
}

/** How one symbol of a stream is doing. */
export interface SymbolState {
  readonly symbol: string
  /** Of the last trade, as the venue writes it; undefined before one was heard of. */
  readonly price: string | undefined
  /** The venue's time up to which all minutes are in hand. */
  readonly doneUntil: number
}
