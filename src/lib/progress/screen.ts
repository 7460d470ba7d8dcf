import type { Writable } from 'node:stream'

export interface TerminalStream extends Writable {
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  readonly isTTY?: boolean
}

const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const CLEAR_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'

/**
 * The terminal's other screen, which has no history: whatever the terminal does to its lines when it is resized, all of
 * them are drawn anew, and nothing is left of them behind. What was there before comes back with `close`.
 */
export class Screen {
  readonly #stream: TerminalStream
  readonly #redraw: () => void
  #isOpen = false
  readonly #leave = (): void => {
    this.#stream.write(LEAVE)
  }
  readonly #suspend = (): void => {
    this.#leave()
    process.kill(process.pid, 'SIGSTOP')
  }
  readonly #resume = (): void => {
    this.#stream.write(ENTER)
    this.#redraw()
  }

  /** `redraw` is called when what is shown is not what was drawn any more. */
  constructor(stream: TerminalStream, redraw: () => void) {
    this.#stream = stream
    this.#redraw = redraw
  }

  /** Columns that a line may take: in the last one some terminals break it. */
  get columns(): number {
    return Math.max(1, (this.#stream.columns ?? 80) - 1)
  }
  get rows(): number {
    return Math.max(1, this.#stream.rows ?? 24)
  }

  open(): void {
    this.#isOpen = true
    this.#stream.write(ENTER)
    this.#stream.on('resize', this.#redraw)
    process.once('exit', this.#leave)
    process.on('SIGTSTP', this.#suspend)
    process.on('SIGCONT', this.#resume)
  }

  /** Lines that fit into `columns` and `rows`, of which none is more than there is room for. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return
    const shown = lines.slice(0, this.rows).map((line) => line + CLEAR_LINE)
    this.#stream.write(HOME + shown.join('\r\n') + CLEAR_BELOW)
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#stream.off('resize', this.#redraw)
    process.off('exit', this.#leave)
    process.off('SIGTSTP', this.#suspend)
    process.off('SIGCONT', this.#resume)
    this.#leave()
  }
}
