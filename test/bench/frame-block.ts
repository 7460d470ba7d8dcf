/** Digits of a time in milliseconds. */
const DIGITS = 13
/** Stand for the event's time, the start of its minute and its last millisecond in the text of a frame. */
export const EVENT_TIME = 'E'.repeat(DIGITS)
export const OPEN_TIME = 'S'.repeat(DIGITS)
export const CLOSE_TIME = 'L'.repeat(DIGITS)
const LAST_MILLISECOND = 59_999

const SHORT = 125
const LONG = 65_535

/** A text message of a websocket server as it is on the wire. */
export function frameText(text: string): Buffer {
  const body = Buffer.from(text)
  if (body.length > LONG) throw new RangeError('a frame of more than 65,535 bytes')
  const head =
    body.length <= SHORT ? [0x81, body.length] : [0x81, SHORT + 1, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from(head), body])
}

/** Many frames in one piece of memory; only their times are written anew. */
export class FrameBlock {
  readonly count: number
  readonly #bytes: Buffer
  readonly #events: readonly number[]
  readonly #opens: readonly number[]
  readonly #closes: readonly number[]
  #openTime = 0

  constructor(texts: readonly string[]) {
    this.count = texts.length
    this.#bytes = Buffer.concat(texts.map(frameText))
    this.#events = findAll(this.#bytes, EVENT_TIME)
    this.#opens = findAll(this.#bytes, OPEN_TIME)
    this.#closes = findAll(this.#bytes, CLOSE_TIME)
  }

  /** A copy with these times. */
  render(eventTime: number, openTime: number): Buffer {
    this.#put(this.#events, eventTime)
    if (openTime !== this.#openTime) {
      this.#openTime = openTime
      this.#put(this.#opens, openTime)
      this.#put(this.#closes, openTime + LAST_MILLISECOND)
    }
    return Buffer.from(this.#bytes)
  }

  #put(offsets: readonly number[], time: number): void {
    const digits = Buffer.from(String(time))
    for (const offset of offsets) this.#bytes.set(digits, offset)
  }
}

function findAll(bytes: Buffer, mark: string): number[] {
  const found: number[] = []
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + DIGITS)) found.push(at)
  return found
}
