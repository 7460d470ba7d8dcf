import { Listr, type ListrEventManager, ListrEventType } from 'listr2'
import type { RunEventBus } from '../events.ts'
import { createPaint, type Paint } from '../text/paint.ts'
import { cutToWidth } from '../text/width.ts'
import { paintLine } from './line.ts'
import { type ListDisplayOptions, RunList, type TierScreen, type TierTask } from './run-list.ts'
import { Screen, type TerminalStream } from './screen.ts'
import { createSubscriber, type RunSubscriber } from './subscriber.ts'

/** Columns by which what belongs to a tier stands to the right of it. */
const INDENT = 2

/** The tiers of a run as a list on a terminal, drawn from `run:start` on; what is shown at the end stays there. */
export function openListDisplay(bus: RunEventBus, options: ListDisplayOptions): RunSubscriber {
  const paint = createPaint(options.isColored)
  const list = new RunList(bus, new ListScreen(options.stream, paint), options)
  return createSubscriber(() => list.close())
}

/** What is used of a task of listr2. */
interface DrawnTask {
  isEnabled(): boolean
  isPending(): boolean
  isCompleted(): boolean
  isSkipped(): boolean
  hasFailed(): boolean
}

/**
 * Draws the tiers, which listr2 runs. Its own renderer keeps what it has drawn once at the width of that time, and loses
 * count of its rows when a narrower terminal breaks them.
 */
class ListScreen implements TierScreen {
  readonly #stream: TerminalStream
  readonly #paint: Paint
  readonly #screen: Screen
  #tiers: readonly TierTask[] = []
  #tasks: readonly DrawnTask[] = []

  constructor(stream: TerminalStream, paint: Paint) {
    this.#stream = stream
    this.#paint = paint
    this.#screen = new Screen(stream, () => this.refresh())
  }

  async run(tiers: readonly TierTask[]): Promise<void> {
    this.#tiers = tiers
    const list = new Listr([], {
      renderer: this.#createRenderer(),
      // With its own listener listr2 would end the process with 127 at Ctrl-C.
      registerSignalListeners: false,
    })
    for (const { enabled, task } of tiers) list.add({ title: 'tier', enabled, task: (_, tier) => task(tier) })
    // A tier that failed is told by its line; there is nothing to handle.
    await list.run().catch(() => {})
  }

  refresh(): void {
    this.#screen.draw(this.#drawTiers(this.#screen.columns, this.#screen.rows))
  }

  #createRenderer() {
    const begin = (tasks: readonly DrawnTask[]): void => {
      this.#tasks = tasks
      this.#screen.open()
      this.refresh()
    }
    const refresh = (): void => this.refresh()
    const end = (): void => {
      this.#screen.close()
      for (const line of this.#drawTiers(this.#screen.columns, Number.POSITIVE_INFINITY))
        this.#stream.write(`${line}\n`)
    }
    return class {
      static readonly nonTTY = true
      static readonly rendererOptions = {}
      static readonly rendererTaskOptions = {}
      readonly #tasks: readonly DrawnTask[]
      readonly #events: ListrEventManager | undefined

      constructor(tasks: readonly DrawnTask[], _options: object, events?: ListrEventManager) {
        this.#tasks = tasks
        this.#events = events
      }

      render(): void {
        begin(this.#tasks)
        this.#events?.on(ListrEventType.SHOULD_REFRESH_RENDER, refresh)
      }

      end(): void {
        this.#events?.off(ListrEventType.SHOULD_REFRESH_RENDER, refresh)
        end()
      }
    }
  }

  #drawTiers(width: number, rows: number): string[] {
    const shown = this.#tasks.flatMap((task, at) => {
      const tier = this.#tiers[at]
      return tier && task.isEnabled() ? [{ task, tier }] : []
    })
    const height = Math.max(0, rows - shown.length)
    return shown.flatMap(({ task, tier }) => {
      const mark = `${markOf(task)} `
      const title = tier.paint(cutToWidth(`${mark}${tier.title(width - mark.length)}`, width))
      if (!task.isPending() || !tier.describe) return [title]
      const room = { width: Math.max(1, width - INDENT), height }
      const lines = Number.isFinite(height) ? tier.describe(room) : []
      return [title, ...lines.map((line) => ' '.repeat(INDENT) + paintLine(line, this.#paint))]
    })
  }
}

function markOf(task: DrawnTask): string {
  if (task.hasFailed()) return '✖'
  if (task.isSkipped()) return '◼'
  if (task.isCompleted()) return '✔'
  return task.isPending() ? '❯' : ' '
}
