import { createInterface } from 'node:readline'

interface PromptOptions {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
  /** Runs one statement; `signal` is aborted by Ctrl-C. Errors are its own to tell. */
  readonly run: (statement: string, signal: AbortSignal) => Promise<void>
}

const FIRST = 'perpctl=> '
const MORE = 'perpctl-> '
const QUIT = /^\s*(?:\\q|exit|quit)\s*;?\s*$/i
/** What people type who know psql, where no statement has begun. */
const UNKNOWN = /^\s*(?:\\|help\s*;?\s*$)/i
const KNOWN = `a statement of SQL ends with ;, \\q leaves; tables and views:
  select table_name from information_schema.tables where table_schema = 'public';
`

/** Reads statements up to their `;` until Ctrl-D or `\q`. Ctrl-C cancels what runs, or forgets what was typed. */
export async function prompt({ input, output, run }: PromptOptions): Promise<void> {
  const lines = createInterface({ input, output, prompt: FIRST })
  let typed = ''
  let running: AbortController | undefined
  let isOver = false
  lines.once('close', () => {
    isOver = true
  })
  const ask = (text: string): void => {
    lines.setPrompt(text)
    // After Ctrl-D there may be lines left that came before it.
    if (!isOver) lines.prompt()
  }
  const restart = (): void => {
    typed = ''
    ask(FIRST)
  }
  lines.on('SIGINT', () => {
    if (running) return running.abort()
    output.write('\n')
    restart()
  })
  ask(FIRST)
  for await (const line of lines) {
    if (typed === '' && QUIT.test(line)) break
    if (typed === '' && UNKNOWN.test(line)) {
      output.write(KNOWN)
      restart()
      continue
    }
    typed += `${line}\n`
    if (typed.trim() === '') {
      restart()
      continue
    }
    if (!typed.trimEnd().endsWith(';')) {
      ask(MORE)
      continue
    }
    running = new AbortController()
    await run(typed.trim(), running.signal)
    running = undefined
    restart()
  }
  lines.close()
}
