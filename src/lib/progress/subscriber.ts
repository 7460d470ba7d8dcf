import type { RunEventBus } from '../events.ts'

/** Something that listens to a run. Closing stops its timers, lets go of the bus and may be done twice. */
export interface RunSubscriber extends AsyncDisposable {
  close(): Promise<void>
}

type Release = () => void

/** The listeners and timers of one subscriber, released together. */
export class Subscriptions {
  readonly #releases: Release[] = []

  readonly on: RunEventBus['on']

  constructor(bus: RunEventBus) {
    this.on = (name, listener) => {
      const release = bus.on(name, listener)
      this.#releases.push(release)
      return release
    }
  }

  /** Never keeps the process alive. */
  every(ms: number, tick: () => void): void {
    const timer = setInterval(tick, ms)
    timer.unref()
    this.#releases.push(() => clearInterval(timer))
  }

  release(): void {
    for (const release of this.#releases.splice(0)) release()
  }
}

/** Makes a subscriber of what is to be done once at its end. */
export function createSubscriber(finish: () => Promise<void> | void): RunSubscriber {
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= (async () => finish())()
    return closing
  }
  return { close, [Symbol.asyncDispose]: close }
}
