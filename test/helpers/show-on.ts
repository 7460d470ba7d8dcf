import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { BIN } from './cli.ts'
import { ON_TERMINAL, type TerminalSize } from './terminal.ts'

export interface Shown {
  readonly code: number
  readonly lines: readonly string[]
}

/** All that the command line writes on a terminal of that size, without what ends a line. */
export async function showOn(
  { columns, rows }: TerminalSize,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Shown> {
  const command = [ON_TERMINAL, String(columns), String(rows), process.execPath, BIN, ...args]
  const child = spawn('python3', command, {
    env: { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', TERM: 'xterm', NO_COLOR: '1', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const chunks: Buffer[] = []
  for await (const line of createInterface(child.stdout)) {
    const told = JSON.parse(line) as { readonly data?: string; readonly exit?: number }
    if (told.data !== undefined) chunks.push(Buffer.from(told.data, 'base64'))
    if (told.exit === undefined) continue
    child.stdin.end()
    return { code: told.exit, lines: Buffer.concat(chunks).toString().trimEnd().split('\r\n') }
  }
  throw new Error('the terminal has gone without telling how the command ended')
}
