import type { StreamFrame } from './frame.ts'
import type { FrameFault } from './frame-faults.ts'
import { spoilText } from './garbage.ts'
import type { StreamHub } from './hub.ts'
import type { StreamFaults } from './stream-faults.ts'
import type { StreamCounter } from './stream-stats.ts'

/** Sends frames, those that meet a fault in its manner. */
export class StreamDeliverer {
  readonly #hub: StreamHub
  readonly #faults: StreamFaults
  readonly #counter: StreamCounter
  #late: StreamFrame[] = []
  /** A frame that waits for the next one to overtake it. */
  #overtaken: StreamFrame | undefined

  constructor(hub: StreamHub, faults: StreamFaults, counter: StreamCounter) {
    this.#hub = hub
    this.#faults = faults
    this.#counter = counter
  }

  /** The late frames that are due by then. */
  takeLate(upTo: number): StreamFrame[] {
    if (this.#late.length === 0) return []
    const due = this.#late.filter(({ at }) => at <= upTo)
    this.#late = this.#late.filter(({ at }) => at > upTo)
    return due
  }

  /** `isLate`: it has met its fault already. */
  deliver(frame: StreamFrame, isLate = false): void {
    if (this.#faults.isStalled(frame)) return
    const fault = isLate ? undefined : this.#faults.frames.take(frame)
    if (fault) this.#misdeliver(frame, fault)
    else this.#send(frame)
  }

  #misdeliver(frame: StreamFrame, { kind, rule, fired }: FrameFault): void {
    const { at, close } = frame
    switch (kind) {
      case 'ws-no-close':
        return
      case 'ws-late-close': {
        const due = at + (rule.ms ?? 0)
        this.#late.push({ ...frame, at: due, data: close?.late(due) ?? frame.data })
        return
      }
      case 'ws-wrong-close':
        this.#send({ ...frame, data: close?.wrong() ?? frame.data })
        return
      case 'ws-duplicate':
        this.#send(frame)
        this.#send(frame)
        return
      case 'ws-garbage':
        this.#hub.publish(frame.stream, frame.data, (text) => spoilText(text, rule.variant ?? fired))
        return
      case 'ws-reorder':
        this.#reorder(frame)
    }
  }

  #reorder(frame: StreamFrame): void {
    if (frame.close) {
      this.#send(frame)
      this.#hub.publish(frame.stream, frame.close.stale())
      return
    }
    const before = this.#overtaken
    this.#overtaken = frame
    if (before) this.#send(before)
  }

  #send(frame: StreamFrame): void {
    const receivers = this.#hub.publish(frame.stream, frame.data)
    if (frame.order && receivers.length > 0) this.#counter.countOrder(frame.order, receivers)
    const overtaken = this.#overtaken
    if (!overtaken || overtaken === frame) return
    this.#overtaken = undefined
    this.#send(overtaken)
  }
}
