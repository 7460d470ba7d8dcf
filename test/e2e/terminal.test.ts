import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BIN } from '../helpers/cli.ts'
import { hasTerminals, startOnTerminal, type TerminalRun, type TerminalSize } from '../helpers/terminal.ts'
import type { VirtualScreen } from '../helpers/virtual-screen.ts'
import { createWorld, type World } from '../helpers/world.ts'

const NOW = Date.UTC(2026, 5, 1, 12)
const CTRL_C = '\u0003'
const LEAVE = '\u001b[?1049l'
const STOPPING = 'stopping: writing what is in hand; Ctrl-C again ends now'
const ENDED = ['✔ Started ', '✔ Running ', '◼ Stopped:']
const SMALL = { columns: 50, rows: 20 }
const WIDE = { columns: 120, rows: 40 }
const BACKFILL = ['backfill', 'ohlcv', '--symbols', 'BTCUSDT', '--since', '20d', '--concurrency', '1']

function startIn(
  stack: AsyncDisposableStack,
  world: World,
  args: readonly string[],
  terminal: string,
): TerminalRun {
  const folder = mkdtempSync(join(tmpdir(), 'perpctl-terminal-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const { PATH } = process.env
  const env = { PATH, HOME: folder, PERPCTL_HOME: folder, TERM: terminal, ...world.environment }
  return stack.use(startOnTerminal([process.execPath, BIN, ...args], { columns: 80, rows: 24 }, env))
}

/** Each tier once, from the first row on, nothing beside it, and no line as long as a row. */
const isClean = ({ lines, isOther }: VirtualScreen, { columns, rows }: TerminalSize): boolean =>
  isOther &&
  lines.length <= rows &&
  lines.every((line) => [...line].length < columns) &&
  /^✔ Started {2}/.test(lines[0] ?? '') &&
  /^❯ Running {2}/.test(lines[1] ?? '') &&
  lines.slice(2).every((line) => line.startsWith('  ') && !/Started|Running {2}/.test(line))

const looksLike =
  (size: TerminalSize, end: RegExp) =>
  (screen: VirtualScreen): boolean =>
    isClean(screen, size) && end.test(screen.text)

/** Of the time in its first line there is as much as has room: all, the hour, nothing. */
const FIRST_LINES: Readonly<Record<number, RegExp>> = {
  50: /ohlcv {2}1 symbol/,
  80: /ohlcv {2}\d\d:\d\d:\d\d UTC {2}1 symbol/,
  120: /ohlcv {2}\d{4}-\d\d-\d\d \S+ UTC {2}1 symbol/,
}
const isFirstLineOf = ({ lines }: VirtualScreen, { columns }: TerminalSize): boolean =>
  FIRST_LINES[columns]?.test(lines[0] ?? '') === true

describe.skipIf(!hasTerminals).concurrent('on a terminal', () => {
  it('a backfill leaves nothing behind when it is resized, says at once that it stops, and ends with its tiers', async () => {
    await using stack = new AsyncDisposableStack()
    const faults = [{ path: 'klines', kind: 'hang' as const, after: 5 }]
    const world = stack.use(await createWorld({ clock: { startAt: NOW }, faults }))
    const run = startIn(stack, world, BACKFILL, 'xterm')
    await run.until(looksLike({ columns: 80, rows: 24 }, /ohlcv {2}.*█.* %.*written/))
    for (const size of [SMALL, WIDE, { columns: 80, rows: 24 }]) {
      run.resize(size)
      const isFor = looksLike(size, /lane direct/)
      // The first line is for this width and no other.
      await run.until((screen) => isFor(screen) && isFirstLineOf(screen, size))
    }
    run.press(CTRL_C)
    expect(await run.ended).toBe(130)
    const { raw, lines } = run.screen
    expect(raw.indexOf(STOPPING)).toBeGreaterThan(0)
    expect(raw.indexOf(STOPPING)).toBeLessThan(raw.lastIndexOf(LEAVE))
    expect(lines.slice(0, 3).map((line) => line.slice(0, 10))).toEqual(ENDED)
  })

  it('a stream shows its symbols and stays clean when it is resized', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(await createWorld({ symbolCount: 60, clock: { startAt: NOW } }))
    const run = startIn(stack, world, ['stream', '--symbols', 'all'], 'xterm')
    const symbol = / [A-Z0-9]+USDT +\d+\.\d+ +1[12]:\d\d +\d+s/
    await run.until(looksLike({ columns: 80, rows: 24 }, symbol))
    for (const size of [SMALL, WIDE]) {
      run.resize(size)
      // Below it may stand the last thing worth noticing: on a slow machine there is one.
      const isFull = looksLike(size, /\d+ more symbols, none of them late$/m)
      await run.until((screen) => isFull(screen) && screen.lines.length === size.rows)
    }
    run.press(CTRL_C)
    expect(await run.ended).toBe(130)
    expect(run.screen.raw).toContain(STOPPING)
    expect(run.screen.lines.slice(0, 3).map((line) => line.slice(0, 10))).toEqual(ENDED)
  })

  it('that can do nothing but print, gets plain lines', async () => {
    await using stack = new AsyncDisposableStack()
    const faults = [{ path: 'klines', kind: 'hang' as const, after: 5 }]
    const world = stack.use(await createWorld({ clock: { startAt: NOW }, faults }))
    const run = startIn(stack, world, BACKFILL, 'dumb')
    await run.until(({ raw }) => raw.includes('rows in'))
    run.press(CTRL_C)
    expect(await run.ended).toBe(130)
    expect(run.screen.raw).not.toContain('\u001b')
    expect(run.screen.raw).toContain(`backfill ohlcv| ${STOPPING}\r\n`)
  })
})
