import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { VirtualScreen } from './virtual-screen.ts'

/** Runs a command on a terminal of its own, and is told what to type and its size as lines of JSON. */
export const ON_TERMINAL = fileURLToPath(new URL('./on-terminal.py', import.meta.url))

/** Shorter than a test may take, so that the screen is told; far longer than one takes. */
const NEVER_MS = 300_000

/** Whether there is something here that makes terminals. */
export const hasTerminals = spawnSync('python3', ['-c', 'import pty']).status === 0

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/** A command that runs on a terminal of its own. */
export interface TerminalRun extends AsyncDisposable {
  readonly screen: VirtualScreen
  /** As typed: `\u0003` is Ctrl-C. */
  press(keys: string): void
  resize(size: TerminalSize): void
  /**
   * Resolves when the screen satisfies it; looked at whenever something was written. Rejects with the screen when the
   * command has ended without, or nothing did for longer than any machine needs.
   */
  until(isMet: (screen: VirtualScreen) => boolean): Promise<void>
  /** Resolves with the exit code, negative for a signal. */
  readonly ended: Promise<number>
}

export function startOnTerminal(
  command: readonly string[],
  { columns, rows }: TerminalSize,
  env: Readonly<Record<string, string | undefined>>,
): TerminalRun {
  const args = [ON_TERMINAL, String(columns), String(rows), ...command]
  const child = spawn('python3', args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const screen = new VirtualScreen(columns, rows)
  const decoder = new TextDecoder()
  const ended = Promise.withResolvers<number>()
  const watchers = new Set<() => void>()
  createInterface(child.stdout).on('line', (line) => {
    const told = JSON.parse(line) as { readonly data?: string; readonly exit?: number }
    if (told.data !== undefined)
      screen.write(decoder.decode(Buffer.from(told.data, 'base64'), { stream: true }))
    if (told.exit !== undefined) ended.resolve(told.exit)
    for (const watch of watchers) watch()
  })
  const order = (message: object): void => void child.stdin.write(`${JSON.stringify(message)}\n`)
  return {
    screen,
    ended: ended.promise,
    press: (keys) => order({ keys }),
    resize: (size) => {
      screen.resize(size.columns, size.rows)
      order({ resize: [size.columns, size.rows] })
    },
    until: (isMet) =>
      new Promise((resolve, reject) => {
        const finish = (settle: () => void): void => {
          clearTimeout(timer)
          watchers.delete(watch)
          settle()
        }
        const fail = (why: string): void =>
          finish(() => reject(new Error(`${why}, and the screen is not as wanted:\n${screen.text}`)))
        const watch = (): void => {
          if (isMet(screen)) finish(resolve)
        }
        const timer = setTimeout(() => fail('long waited'), NEVER_MS)
        watchers.add(watch)
        watch()
        void ended.promise.then((code) => fail(`ended with ${code}`))
      }),
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'close')
    },
  }
}
