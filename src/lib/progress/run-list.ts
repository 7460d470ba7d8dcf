import type { RunEventBus } from '../events.ts'
import type { SymbolState } from '../stream/figures.ts'
import { formatDuration } from '../text/durations.ts'
import { formatPlural } from '../text/numbers.ts'
import { toOneLine } from '../text/one-line.ts'
import { hasOwnCommand } from '../text/own-command.ts'
import { createPaint, type Paint } from '../text/paint.ts'
import { createRedactor, type Redactor } from '../text/secrets.ts'
import { formatUtc } from '../text/times.ts'
import { breakToWidth, cutToWidth, displayWidth } from '../text/width.ts'
import { Attention, type Notice } from './attention.ts'
import { backfillLines } from './backfill-lines.ts'
import {
  describeEnd,
  describeFailures,
  describePlan,
  describeProgress,
  describeStopping,
  describeWait,
  isStreamScript,
  paintScript,
  paintTier,
} from './describe.ts'
import { type Line, MARKS, type Room } from './line.ts'
import { ProgressModel, type WaitForAll } from './progress-model.ts'
import type { TerminalStream } from './screen.ts'
import { streamLines } from './stream-lines.ts'
import { Subscriptions } from './subscriber.ts'

export interface ListDisplayOptions {
  readonly stream: TerminalStream
  readonly isColored: boolean
  readonly redactor?: Redactor
  readonly now?: () => number
  readonly waitForAll?: WaitForAll | undefined
}

/** A tier while it is worked on. */
export interface TierHandle {
  /** It did not come to its end. */
  skip(): void
}

export interface TierTask {
  /** Its line for so many columns, asked for each time that it is drawn; what is wider is cut. */
  readonly title: (width: number) => string
  readonly enabled: () => boolean
  /** Throws where the tier has failed. */
  readonly task: (tier: TierHandle) => Promise<void>
  /** Colours its line, which has its final length. */
  readonly paint: (line: string) => string
  /** What stands below it while it is worked on. */
  readonly describe?: (room: Room) => readonly Line[]
}

/** What draws the tiers, one after the other. */
export interface TierScreen {
  /** Resolves when the last tier is over, failed or not, and its final state is on the screen. */
  run(tiers: readonly TierTask[]): Promise<void>
  refresh(): void
}

// Everything is drawn again each time: more often costs a good part of a core.
const BACKFILL_REFRESH = 500
const STREAM_REFRESH = 1_000
const RUNNING = 'Running  '

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
  #hasEndedEarly = false
  #drawn: Promise<void> | undefined
  #notice: Notice | undefined
  #symbols: { readonly symbols: readonly SymbolState[]; readonly now: number } = { symbols: [], now: 0 }

  constructor(bus: RunEventBus, screen: TierScreen, options: ListDisplayOptions) {
    this.#stream = options.stream
    this.#now = options.now ?? (() => Date.now())
    this.#paint = createPaint(options.isColored)
    this.#redactor = options.redactor ?? createRedactor()
    this.#screen = screen
    this.#model = new ProgressModel(bus, this.#now, options.waitForAll)
    this.#subscriptions = new Subscriptions(bus)
    const tell = (notice: Notice): void => {
      this.#notice = { ...notice, message: `${formatUtc(this.#now()).slice(11)} ${notice.message}` }
    }
    this.#attention = new Attention(bus, tell, this.#now)
    this.#listen()
  }

  async close(): Promise<void> {
    this.#subscriptions.release()
    this.#attention[Symbol.dispose]()
    this.#release()
    await this.#drawn
    this.#model[Symbol.dispose]()
  }

  #listen(): void {
    const { on } = this.#subscriptions
    on('run:start', ({ script }) => {
      this.#drawn ??= this.#draw()
      const everyMs = isStreamScript(script) ? STREAM_REFRESH : BACKFILL_REFRESH
      this.#subscriptions.every(everyMs, () => this.#screen.refresh())
    })
    for (const name of ['run:plan', 'page:fetched'] as const)
      on(name, () => {
        if (!isStreamScript(this.#model.script)) this.#startRunning()
      })
    on('stream:figures', ({ live }) => {
      if (live > 0) this.#startRunning()
    })
    on('stream:symbols', (told) => {
      this.#symbols = told
    })
    // At once: whoever has pressed a key wants to see that it was heard.
    on('run:stopping', () => this.#screen.refresh())
    on('run:done', () => this.#release())
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
    const { script } = this.#model
    const startedAt = formatUtc(this.#now())
    const isOver = (): boolean => this.#model.summary !== null
    const tiers: readonly TierTask[] = [
      {
        title: (width) => this.#describeStart(startedAt, width),
        enabled: () => true,
        task: () => this.#planned.promise,
        paint: (line) => line.replace(script, paintScript(script, this.#paint)),
      },
      {
        title: (width) => `${RUNNING}${this.#describeWork(width - RUNNING.length)}`,
        enabled: () => this.#isRunning,
        task: (tier) => this.#showWork(tier),
        paint: this.#paint.title,
        describe: (room) => this.#lines(room),
      },
      {
        title: () => this.#endLines()[0] ?? '',
        enabled: isOver,
        task: (tier) => this.#showEnd(tier),
        paint: (line) => paintTier(this.#model.tier, this.#paint)(line),
      },
    ]
    await this.#screen.run(tiers)
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
    const paint = paintTier(this.#model.tier, this.#paint)
    return breakToWidth(text, Math.max(1, this.#columns - MARKS.plain.length - 2)).map((line, at) =>
      at > 0 ? paint(`  ${line}`) : line,
    )
  }

  /** The plan whole; of the time as much as fits. */
  #describeStart(startedAt: string, width: number): string {
    const plan = this.#describePlan()
    const times = [startedAt, startedAt.slice(startedAt.indexOf(' ') + 1), '']
    const lines = times.map((time) =>
      ['Started', this.#model.script, time, plan].filter((part) => part !== '').join('  '),
    )
    return lines.find((line) => displayWidth(line) <= width) ?? lines.at(-1) ?? ''
  }

  #describePlan(): string {
    const { figures, params, symbols } = this.#model
    if (!this.#isRunning || figures) return ''
    // Each of several parts has a plan of its own.
    return Array.isArray(params.parts) ? formatPlural(symbols, 'symbol') : describePlan(this.#model)
  }

  async #showWork(tier: TierHandle): Promise<void> {
    await this.#over.promise
    if (this.#model.summary) return
    this.#hasEndedEarly = true
    tier.skip()
  }

  #describeWork(width: number): string {
    const { figures, symbols } = this.#model
    if (this.#hasEndedEarly) return 'ended early'
    if (!figures) return describeProgress(this.#model, this.#now(), width)
    return `${formatPlural(symbols, 'symbol')} for ${formatDuration(this.#model.elapsed)}`
  }

  #lines(room: Room): Line[] {
    const notice = this.#describeNotice(room.width)
    return [...this.#describeBody({ ...room, height: room.height - notice.length }), ...notice]
  }

  #describeBody(room: Room): Line[] {
    const { figures, total, beat } = this.#model
    const lines = figures
      ? streamLines({ ...this.#symbols, figures, rows: total.rows, beat }, room)
      : backfillLines(this.#model, this.#now(), room)
    return lines.map((line) => ({ ...line, text: this.#redactor.text(line.text) }))
  }

  #describeNotice(width: number): Line[] {
    const notice = this.#currentNotice()
    if (!notice) return []
    const tone = notice.level === 'warning' ? 'partial' : 'plain'
    const text = toOneLine(this.#redactor.text(notice.message))
    const room = Math.max(1, width - MARKS[tone].length - 1)
    const [first = '', ...rest] = breakToWidth(text, room)
    // What does not fit is seen to be cut.
    const lines = [first, ...(rest.length > 0 ? [cutToWidth(rest.join(' '), room)] : [])]
    return lines.map((line, at) => ({ text: `${at > 0 ? MARKS.plain : MARKS[tone]} ${line}`, tone }))
  }

  /** That the run ends, why nothing moves right now, or else the last thing worth noticing. */
  #currentNotice(): Notice | undefined {
    const { databaseWait, stopping } = this.#model
    if (stopping !== null) return { message: describeStopping(stopping), level: 'warning' }
    const wait = describeWait(this.#model, this.#now())
    if (databaseWait || wait === '') return this.#notice
    return { message: wait, level: 'info' }
  }

  async #showEnd(handle: TierHandle): Promise<void> {
    const { tier } = this.#model
    if (tier === 'Failed') throw new Error(tier)
    if (tier === 'Stopped') handle.skip()
  }

  get #columns(): number {
    return this.#stream.columns ?? 80
  }
}
