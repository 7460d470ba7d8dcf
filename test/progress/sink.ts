import { Writable } from 'node:stream'

/** Keeps what is written to it; with `columns` it passes for a terminal of that width. */
export class Sink extends Writable {
  readonly isTTY: boolean
  columns: number | undefined
  rows = 50
  #text = ''
  /** Everything that was ever written. */
  all = ''

  constructor(columns?: number) {
    super({ decodeStrings: false })
    this.columns = columns
    this.isTTY = columns !== undefined
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#text += chunk.toString()
    this.all += chunk.toString()
    done()
  }

  /** What came since the last call. */
  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }

  takeLines(): string[] {
    return this.take().split('\n').slice(0, -1)
  }
}
