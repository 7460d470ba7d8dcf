import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from 'listr2'
import type { RunEventBus } from '../events.ts'
import { createPaint, type Paint } from '../text/paint.ts'
import { displayWidth } from '../text/width.ts'
import {
  type ListDisplayOptions,
  RunList,
  type TerminalStream,
  type TierScreen,
  type TierTask,
} from './run-list.ts'
import { createSubscriber, type RunSubscriber } from './subscriber.ts'

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const ERASE_LINE_AND_GO_UP = '\u001b[2K\u001b[1A'

/** The tiers of a run as a list on a terminal, drawn from `run:start` on; what is shown at the end stays there. */
export function openListDisplay(bus: RunEventBus, options: ListDisplayOptions): RunSubscriber {
  const screen = new ListScreen(options.stream, createPaint(options.isColored))
  const list = new RunList(bus, screen, options)
  return createSubscriber(() => list.close())
}

/** Where the list is drawn, and what listr2 does not do there by itself. */
class ListScreen implements TierScreen {
  readonly #stream: TerminalStream
  readonly #paint: Paint
  #isHeld = false
  #update: () => void = () => {}

  constructor(stream: TerminalStream, paint: Paint) {
    this.#stream = stream
    this.#paint = paint
  }

  async run(tasks: readonly TierTask[]): Promise<void> {
    const list = this.#createList()
    for (const { title, enabled, task } of tasks) list.add({ title, enabled, task: (_, tier) => task(tier) })
    const showCursor = (): void => {
      this.#stream.write(SHOW_CURSOR)
    }
    process.once('exit', showCursor)
    // A tier that failed is told by its line; there is nothing to handle.
    await list.run().catch(() => {})
    process.off('exit', showCursor)
  }

  change(make: () => void): void {
    this.#isHeld = true
    make()
    this.#isHeld = false
    this.#update()
  }

  #createList() {
    const { warning, completed, failed, faint } = this.#paint
    const painted = (paint: (text: string) => string) => (text?: string) => paint(text ?? '')
    return new Listr([], {
      renderer: this.#createRenderer(),
      // With its own listener listr2 would end the process with 127 at Ctrl-C.
      registerSignalListeners: false,
      rendererOptions: {
        logger: new ListrLogger({ processOutput: createOutput(this.#stream), toStderr: [] }),
        lazy: true,
        formatOutput: 'truncate',
        icon: { OUTPUT: ' ', SKIPPED_WITH_COLLAPSE: '◼' },
        color: {
          PENDING: painted(warning),
          COMPLETED: painted(completed),
          FAILED: painted(failed),
          WAITING: painted(faint),
          SKIPPED_WITH_COLLAPSE: painted(warning),
        },
      },
    })
  }

  #createRenderer() {
    const stream = this.#stream
    const isHeld = (): boolean => this.#isHeld
    const provide = (update: () => void): void => {
      this.#update = update
    }
    return class extends DefaultRenderer {
      static override nonTTY = true
      #shown: string[] = []
      #drawnColumns = 0

      override update(): void {
        provide(() => this.update())
        if (isHeld()) return
        this.#eraseReflowed()
        super.update()
        this.#drawnColumns = stream.columns ?? 80
      }

      override create(options?: Parameters<DefaultRenderer['create']>[0]): string {
        const frame = super.create(options)
        this.#shown = frame.split('\n')
        return frame
      }

      override end(): void {
        this.#eraseReflowed()
        super.end()
      }

      /** A screen that became narrower has broken our lines into more rows than log-update knows of. */
      #eraseReflowed(): void {
        const columns = stream.columns ?? 80
        if (columns >= this.#drawnColumns) return
        const rows = this.#shown.reduce(
          (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)),
          0,
        )
        stream.write(ERASE_LINE_AND_GO_UP.repeat(rows - this.#shown.length))
      }
    }
  }
}

/**
 * listr2 would hold back all that is written to stdout and stderr, in memory and for as long as it draws; here it only
 * hides the cursor.
 */
function createOutput(stream: TerminalStream): ProcessOutput {
  // Nothing but `write`, `columns`, `rows` and `isTTY` is used of it.
  const terminal = stream as unknown as NodeJS.WriteStream
  return new (class extends ProcessOutput {
    override hijack(): void {
      stream.write(HIDE_CURSOR)
    }
    override release(): void {
      stream.write(SHOW_CURSOR)
    }
  })(terminal, terminal)
}
