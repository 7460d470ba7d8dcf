/** What a client's address asks for. */
export interface Opening {
  readonly streams: readonly string[]
  /** Whether each message comes in an envelope that names its stream. */
  readonly isCombined: boolean
  /** Whether this address has the streams of the market: others take subscriptions and stay silent. */
  readonly isServed: boolean
}

/** A connection as the venue's language may change it. */
export interface StreamSession {
  readonly streams: ReadonlySet<string>
  isCombined: boolean
  /** All or, where they would be too many for one connection, none of them: false. */
  subscribe(names: readonly string[]): boolean
  unsubscribe(names: readonly string[]): void
  countInvalid(): void
}

/** How a venue's stream is spoken. */
export interface StreamProtocol {
  /** Undefined: nothing is served there. `url` is path and query as sent. */
  open(url: string): Opening | undefined
  /** The reply to one message. */
  answer(text: string, session: StreamSession): string
  wrap(stream: string, data: string): string
}
