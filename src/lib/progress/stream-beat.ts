import type { RunEventBus } from '../events.ts'
import type { Dataset } from '../model/market.ts'
import { formatCount } from '../text/numbers.ts'
import { Subscriptions } from './subscriber.ts'

/** Always shown, in this order, and then whatever else came. */
const SHOWN: readonly Dataset[] = ['ohlcv', 'lqo', 'tv']
/** A stream brings single liquidations. */
const LABELS: Partial<Record<Dataset, string>> = { lqo: 'LQ' }

/** What a stream has written since the last heartbeat, not in total. */
export class StreamBeat implements Disposable {
  readonly #rows = new Map<Dataset, number>(SHOWN.map((dataset) => [dataset, 0]))
  readonly #subscriptions: Subscriptions

  constructor(bus: RunEventBus) {
    this.#subscriptions = new Subscriptions(bus)
    this.#subscriptions.on('batch:written', ({ perDataset }) => {
      for (const dataset of Object.keys(perDataset) as Dataset[])
        this.#rows.set(dataset, (this.#rows.get(dataset) ?? 0) + (perDataset[dataset]?.rows ?? 0))
    })
  }

  get hasRows(): boolean {
    return [...this.#rows.values()].some((rows) => rows > 0)
  }

  /** `OHLCV: 12| LQ: 3| TV: 12`; begins to count anew. */
  take(): string {
    const text = [...this.#rows]
      .map(([dataset, rows]) => `${LABELS[dataset] ?? dataset.toUpperCase()}: ${formatCount(rows)}`)
      .join('| ')
    for (const dataset of this.#rows.keys()) this.#rows.set(dataset, 0)
    return text
  }

  [Symbol.dispose](): void {
    this.#subscriptions.release()
  }
}
