import type { VenueClock } from '../clock.ts'
import type { StreamConnection } from './connection.ts'
import { StreamDeliverer } from './deliverer.ts'
import type { StreamFrame, StreamSource } from './frame.ts'
import type { StreamHub } from './hub.ts'
import type { StreamFaults } from './stream-faults.ts'
import type { StreamLimits } from './stream-options.ts'
import type { EndReason, StreamCounter } from './stream-stats.ts'

interface TimelineParts {
  readonly clock: VenueClock
  readonly source: StreamSource
  readonly faults: StreamFaults
  readonly limits: StreamLimits
  readonly hub: StreamHub
  readonly counter: StreamCounter
  readonly end: (connection: StreamConnection, at: number, reason: EndReason) => void
}

/** Something that happens at a venue time. */
interface Step {
  readonly at: number
  run(): void
}

/** Does what is due, in the order of venue time, however far the clock has moved since the last time. */
export class Timeline {
  readonly #parts: TimelineParts
  readonly #deliverer: StreamDeliverer
  #at: number

  constructor(parts: TimelineParts) {
    this.#parts = parts
    this.#deliverer = new StreamDeliverer(parts.hub, parts.faults, parts.counter)
    this.#at = parts.clock.now()
  }

  catchUp(): void {
    const { clock, source, hub } = this.#parts
    const stretch = { after: this.#at, upTo: clock.now() }
    const steps = this.#endings(stretch.upTo)
    if (stretch.upTo <= stretch.after && steps.length === 0) return
    this.#at = stretch.upTo
    const frames = source.frames(stretch, hub)
    const late = this.#deliverer.takeLate(stretch.upTo)
    const toStep = (frame: StreamFrame, isLate: boolean): Step => ({
      at: frame.at,
      run: () => this.#deliverer.deliver(frame, isLate),
    })
    const all = [
      ...steps,
      ...late.map((frame) => toStep(frame, true)),
      ...frames.map((frame) => toStep(frame, false)),
    ]
    if (all.length === 0) return
    hub.together(() => {
      for (const step of all.toSorted((a, b) => a.at - b.at)) step.run()
    })
  }

  /** The breaks and the connections that have come of age. */
  #endings(upTo: number): Step[] {
    const { faults, hub, limits, end } = this.#parts
    const breaks = faults.takeBreaks(upTo).map(({ at, kind }) => ({
      at,
      run: () => {
        if (hub.connections.size > 0) faults.countBreak(kind)
        for (const connection of [...hub.connections])
          if (connection.openedAt <= at) end(connection, at, kind)
      },
    }))
    const old = [...hub.connections]
      .filter(({ openedAt }) => openedAt + limits.maxAgeMs <= upTo)
      .map((connection) => {
        const at = connection.openedAt + limits.maxAgeMs
        return { at, run: () => end(connection, at, 'age') }
      })
    return [...breaks, ...old]
  }
}
