import { floorTo, MINUTE, type Window } from '../model/window.ts'

/** The parts of normalized windows inside `frame`; linear, also where there are thousands. */
export function clip(windows: readonly Window[], frame: Window): Window[] {
  return windows
    .filter(({ from, to }) => to > frame.from && from < frame.to)
    .map(({ from, to }) => ({ from: Math.max(from, frame.from), to: Math.min(to, frame.to) }))
}

/** Everything before a whole minute, or everything there is. */
export const upTo = (until: number | undefined): Window => ({
  from: Number.NEGATIVE_INFINITY,
  to: until === undefined ? Number.POSITIVE_INFINITY : floorTo(until, MINUTE),
})

export const endOf = (windows: readonly Window[]): number =>
  windows.reduce((end, { to }) => Math.max(end, to), Number.NEGATIVE_INFINITY)

/** Minutes that come in ascending order, as windows. */
export class MinuteRuns {
  #runs: Window[] = []
  #from = 0
  #to = 0

  add(ts: number): void {
    if (ts !== this.#to) {
      this.#close()
      this.#from = ts
    }
    this.#to = ts + MINUTE
  }

  /** What has come since the last time. */
  take(): Window[] {
    this.#close()
    const runs = this.#runs
    this.#runs = []
    this.#from = this.#to
    return runs
  }

  #close(): void {
    if (this.#to > this.#from) this.#runs.push({ from: this.#from, to: this.#to })
  }
}
