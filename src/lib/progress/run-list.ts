import type { Writable } from 'node:stream'
import type { RunEventBus } from '../events.ts'
import { toOneLine } from '../text/one-line.ts'
import { hasOwnCommand } from '../text/own-command.ts'
import { createPaint, type Paint } from '../text/paint.ts'
import { createRedactor, type Redactor } from '../text/secrets.ts'
import { formatUtc } from '../text/times.ts'
import { breakToWidth, cutToWidth } from '../text/width.ts'
import { Attention, type Notice } from './attention.ts'
import {
  describeEnd,
  describeFailures,
  describePlan,
  describeProgress,
  describeWait,
  paintScript,
  paintTier,
} from './describe.ts'
import { listLines } from './list-lines.ts'
import { ProgressModel } from './progress-model.ts'
import { Subscriptions } from './subscriber.ts'

export interface TerminalStream extends Writable {
  readonly columns?: number | undefined
  readonly rows?: number
  readonly isTTY?: boolean
}

export interface ListDisplayOptions {
  readonly stream: TerminalStream
  readonly isColored: boolean
  readonly redactor?: Redactor
  readonly now?: () => number
}

/** A tier while it is worked on. */
export interface TierHandle {
  title: string
  /** Lines below the title, while the tier lasts. */
  output: string
  skip(message: string): void
}

export interface TierTask {
  readonly title: string
  readonly enabled: () => boolean
  readonly task: (tier: TierHandle) => Promise<void>
}

/** What draws the tiers, one after the other. */
export interface TierScreen {
  /** Resolves when the last tier is over, failed or not, and its final state is on the screen. */
  run(tasks: readonly TierTask[]): Promise<void>
  /** Several changes, drawn once. */
  change(make: () => void): void
}

// Everything is drawn again at each change: more often costs a good part of a core.
const REFRESH_MS = 500
const MOST_LINES = 8
/** Columns that indentation, icon and margin take of each line. */
const MARGIN = 6

/** The tiers of one run and what stands below them, drawn from `run:start` on. */
export class RunList {
  readonly #stream: TerminalStream
  readonly #model: ProgressModel
  readonly #attention: Attention
  readonly #subscriptions: Subscriptions
  readonly #paint: Paint
  readonly #redactor: Redactor
  readonly #now: () => number
  readonly #screen: TierScreen
  readonly #planned = Promise.withResolvers<void>()
  readonly #over = Promise.withResolvers<void>()
  #isRunning = false
  #drawn: Promise<void> | undefined
  #refresh: () => void = () => {}
  #notice: Notice | undefined

  constructor(
    bus: RunEventBus,
    screen: TierScreen,
    { stream, isColored, redactor, now }: ListDisplayOptions,
  ) {
    this.#stream = stream
    this.#now = now ?? (() => Date.now())
    this.#paint = createPaint(isColored)
    this.#redactor = redactor ?? createRedactor()
    this.#screen = screen
    this.#model = new ProgressModel(bus, this.#now)
    this.#subscriptions = new Subscriptions(bus)
    const tell = (notice: Notice): void => {
      this.#notice = { ...notice, message: `${formatUtc(this.#now()).slice(11)} ${notice.message}` }
    }
    this.#attention = new Attention(bus, tell, this.#now)
    const { on } = this.#subscriptions
    on('run:start', () => {
      this.#drawn ??= this.#draw()
    })
    on('run:plan', () => this.#startRunning())
    on('page:fetched', () => this.#startRunning())
    on('run:done', () => this.#release())
    this.#subscriptions.every(REFRESH_MS, () => this.#refresh())
  }

  async close(): Promise<void> {
    this.#subscriptions.release()
    this.#attention[Symbol.dispose]()
    this.#release()
    await this.#drawn
    this.#model[Symbol.dispose]()
  }

  #startRunning(): void {
    this.#isRunning = true
    this.#planned.resolve()
  }

  #release(): void {
    this.#planned.resolve()
    this.#over.resolve()
  }

  async #draw(): Promise<void> {
    const started = `Started  ${paintScript(this.#model.script, this.#paint)}  ${formatUtc(this.#now())}`
    const isAlways = (): boolean => true
    await this.#screen.run([
      { title: started, enabled: isAlways, task: (tier) => this.#showStart(tier) },
      { title: 'Running', enabled: () => this.#isRunning, task: (tier) => this.#showWork(tier) },
      { title: 'End', enabled: () => this.#model.summary !== null, task: (tier) => this.#showEnd(tier) },
    ])
    if (!this.#model.summary) return
    for (const line of this.#endLines().slice(1)) this.#stream.write(`${line}\n`)
    for (const line of describeFailures(this.#model)) {
      const text = `  ${toOneLine(this.#redactor.text(line))}`
      const shown = hasOwnCommand(line) ? text : cutToWidth(text, this.#columns)
      this.#stream.write(`${this.#paint.failed(shown)}\n`)
    }
  }

  /** The end in words: its first line is the title of the tier, what does not fit there follows below. */
  #endLines(): string[] {
    const text = toOneLine(this.#redactor.text(describeEnd(this.#model)))
    const lines = breakToWidth(text, Math.max(1, this.#columns - MARGIN)).map((line, at) =>
      at > 0 ? `  ${line}` : line,
    )
    return lines.map(paintTier(this.#model.tier, this.#paint))
  }

  async #showStart(tier: TierHandle): Promise<void> {
    await this.#planned.promise
    if (this.#isRunning) tier.title = `${tier.title}  ${describePlan(this.#model)}`
  }

  async #showWork(tier: TierHandle): Promise<void> {
    this.#refresh = () =>
      this.#screen.change(() => {
        tier.title = `Running  ${describeProgress(this.#model, this.#now())}`
        tier.output = this.#lines().join('\n')
      })
    this.#refresh()
    await this.#over.promise
    this.#refresh = () => {}
    if (this.#model.summary) tier.title = `Running  ${describeProgress(this.#model, this.#now())}`
    else tier.skip('Running  ended early')
  }

  #lines(): string[] {
    const width = Math.max(1, this.#columns - MARGIN)
    const notice = this.#currentNotice()
    const lines = listLines(this.#model, this.#now(), width, MOST_LINES - (notice ? 1 : 0))
    if (!notice) return lines.map((line) => this.#redactor.text(line))
    const text = cutToWidth(toOneLine(this.#redactor.text(notice.message)), width)
    return [...lines, notice.level === 'warning' ? this.#paint.warning(text) : text]
  }

  /** Why nothing moves right now, or else the last thing worth noticing. */
  #currentNotice(): Notice | undefined {
    const { databaseWait } = this.#model
    const wait = describeWait(this.#model, this.#now())
    if (databaseWait || wait === '') return this.#notice
    return { message: wait, level: 'info' }
  }

  async #showEnd(handle: TierHandle): Promise<void> {
    const { tier } = this.#model
    const [text = ''] = this.#endLines()
    if (tier === 'Failed') throw new Error(text)
    if (tier === 'Stopped') handle.skip(text)
    else handle.title = text
  }

  get #columns(): number {
    return this.#stream.columns ?? 80
  }
}
