import type { RunEventBus } from '../events.ts'
import { formatPlural } from '../text/numbers.ts'
import { StreamBeat } from './stream-beat.ts'
import { createSubscriber, type RunSubscriber, Subscriptions } from './subscriber.ts'

/**
 * Tells how a stream is doing: once when its feed is up, and once in each interval what was written in it; before the feed
 * is up only where something was. All who show or keep that line hear the same one.
 */
export function openHeartbeat(bus: RunEventBus, intervalMs: number): RunSubscriber {
  const subscriptions = new Subscriptions(bus)
  const beat = new StreamBeat(bus)
  let isRunning = false
  subscriptions.on('stream:figures', ({ live, symbols, connections }) => {
    if (isRunning || live === 0) return
    isRunning = true
    const line = `Running: ${formatPlural(symbols, 'symbol')} over ${formatPlural(connections, 'connection')}`
    bus.emit('stream:beat', { line, isFirst: true })
  })
  subscriptions.every(intervalMs, () => {
    if (isRunning || beat.hasRows) bus.emit('stream:beat', { line: beat.take(), isFirst: false })
  })
  const release = (): void => {
    subscriptions.release()
    beat[Symbol.dispose]()
  }
  subscriptions.on('run:done', release)
  return createSubscriber(release)
}
