import type { ShownOrder } from './frame.ts'

/** Why a connection ended. */
export type EndReason =
  | 'client'
  | 'messages'
  | 'age'
  | 'pong'
  | 'slow'
  | 'ws-disconnect'
  | 'ws-reset'
  | 'shutdown'

export interface StreamViolations {
  /** Connections closed for more messages in a second than allowed. */
  readonly messages: number
  /** Subscriptions refused for too many streams. */
  readonly streams: number
  /** Messages answered with an error. */
  readonly invalid: number
  /** Connections closed at the greatest age. */
  readonly age: number
  /** Connections closed for want of a pong. */
  readonly pong: number
  /** Connections closed because they did not read. */
  readonly slow: number
}

/** An order, and to how many connections it was written. */
export type WrittenOrder = ShownOrder & { readonly connections: number }

export interface StreamStats {
  readonly connections: number
  readonly opened: number
  /** Every end of a connection, in order, the last 10,000; `at` is venue time. */
  readonly disconnects: readonly { readonly at: number; readonly reason: EndReason }[]
  readonly violations: StreamViolations
  /** Frames of streams that were written, over all connections. */
  readonly sent: number
  /** Orders written to at least one connection, in order, the last 100,000. */
  readonly orders: readonly WrittenOrder[]
}

const VIOLATIONS = ['messages', 'age', 'pong', 'slow'] as const
type Violation = (typeof VIOLATIONS)[number]
const isViolation = (reason: EndReason): reason is Violation => VIOLATIONS.some((known) => known === reason)

const MAX_DISCONNECTS = 10_000
const MAX_ORDERS = 100_000

export class StreamCounter {
  opened = 0
  sent = 0
  readonly violations = { messages: 0, streams: 0, invalid: 0, age: 0, pong: 0, slow: 0 }
  #disconnects: { at: number; reason: EndReason }[] = []
  #orders: { readonly order: ShownOrder; connections: number }[] = []
  #lastReceivers = new Set<object>()

  countEnd(at: number, reason: EndReason): void {
    this.#disconnects.push({ at, reason })
    if (this.#disconnects.length > 2 * MAX_DISCONNECTS)
      this.#disconnects = this.#disconnects.slice(-MAX_DISCONNECTS)
    if (isViolation(reason)) this.violations[reason] += 1
  }

  /** The same order goes to several streams, one right after the other. */
  countOrder(order: ShownOrder, receivers: readonly object[]): void {
    const last = this.#orders.at(-1)
    if (last?.order === order) {
      for (const receiver of receivers) this.#lastReceivers.add(receiver)
      last.connections = this.#lastReceivers.size
      return
    }
    this.#lastReceivers = new Set(receivers)
    this.#orders.push({ order, connections: receivers.length })
    if (this.#orders.length > 1.1 * MAX_ORDERS) this.#orders = this.#orders.slice(-MAX_ORDERS)
  }

  read(connections: number): StreamStats {
    return {
      connections,
      opened: this.opened,
      disconnects: this.#disconnects.slice(-MAX_DISCONNECTS),
      violations: { ...this.violations },
      sent: this.sent,
      orders: this.#orders
        .slice(-MAX_ORDERS)
        .map(({ order, connections: receivers }) => ({ ...order, connections: receivers })),
    }
  }
}
