import type { Writable } from 'node:stream'
import type { RunEventBus } from '../events.ts'
import { toOneLine } from '../text/one-line.ts'
import { createPaint, type Paint } from '../text/paint.ts'
import { createRedactor, type Redactor } from '../text/secrets.ts'
import { formatUtc } from '../text/times.ts'
import { Attention } from './attention.ts'
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
import { ProgressModel, type WaitForAll } from './progress-model.ts'
import { createSubscriber, type RunSubscriber, Subscriptions } from './subscriber.ts'

/** Between two lines that tell how far the run is. */
const HEARTBEAT = 60_000

export interface PlainDisplayOptions {
  readonly stream: Writable
  readonly isColored: boolean
  readonly redactor?: Redactor
  readonly now?: () => number
  readonly waitForAll?: WaitForAll | undefined
}

/** For cron and pipes: a line at the start, one per heartbeat, one at the end, and one for what needs attention. */
export function openPlainDisplay(bus: RunEventBus, options: PlainDisplayOptions): RunSubscriber {
  const display = new PlainDisplay(bus, options)
  return createSubscriber(() => display.close())
}

class PlainDisplay {
  readonly #stream: Writable
  readonly #model: ProgressModel
  readonly #attention: Attention
  readonly #subscriptions: Subscriptions
  readonly #paint: Paint
  readonly #redactor: Redactor
  readonly #now: () => number
  #hasStarted = false
  /** The plan that was printed last: each part of a run has one. */
  #told: ProgressModel['firstPlan'] = null

  constructor(bus: RunEventBus, options: PlainDisplayOptions) {
    this.#stream = options.stream
    this.#now = options.now ?? (() => Date.now())
    this.#paint = createPaint(options.isColored)
    this.#redactor = options.redactor ?? createRedactor()
    this.#model = new ProgressModel(bus, this.#now, options.waitForAll)
    this.#subscriptions = new Subscriptions(bus)
    this.#listen()
    const tell = ({ message, level }: { message: string; level: string }): void =>
      this.#print(message, level === 'warning' ? this.#paint.warning : undefined)
    this.#attention = new Attention(bus, tell, this.#now)
    this.#subscriptions.every(HEARTBEAT, () => this.#beat())
  }

  close(): void {
    this.#subscriptions.release()
    this.#attention[Symbol.dispose]()
    this.#model[Symbol.dispose]()
  }

  #listen(): void {
    const { on } = this.#subscriptions
    on('run:start', ({ script }) => {
      if (!isStreamScript(script)) return
      this.#hasStarted = true
      this.#print('Started')
    })
    on('run:plan', () => this.#start())
    on('stream:beat', ({ line }) => this.#print(line, this.#paint.stream))
    on('run:stopping', ({ signal }) => this.#print(describeStopping(signal), this.#paint.warning))
    on('run:done', ({ tier }) => {
      this.#print(describeEnd(this.#model), paintTier(tier, this.#paint))
      for (const line of describeFailures(this.#model)) this.#print(line, this.#paint.failed)
    })
  }

  #start(): void {
    if (this.#hasStarted && this.#told === this.#model.firstPlan) return
    this.#hasStarted = true
    this.#told = this.#model.firstPlan
    this.#print(describePlan(this.#model))
  }

  #beat(): void {
    // A stream has its heartbeats.
    if (!this.#hasStarted || this.#model.summary || isStreamScript(this.#model.script)) return
    const wait = describeWait(this.#model, this.#now())
    const progress = describeProgress(this.#model, this.#now())
    this.#print(wait === '' ? progress : `${progress}; ${wait}`)
  }

  #print(text: string, color: (text: string) => string = (same) => same): void {
    const script = paintScript(this.#model.script || 'perpctl', this.#paint)
    const line = color(toOneLine(this.#redactor.text(text)))
    this.#stream.write(`${formatUtc(this.#now())} ${script}| ${line}\n`)
  }
}
