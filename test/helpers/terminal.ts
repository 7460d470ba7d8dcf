import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

/** Runs a command on a terminal of its own, of a size that is there before it looks, and copies what it shows. */
const PTY = `
import fcntl, os, struct, subprocess, sys, termios
columns, rows = int(sys.argv[1]), int(sys.argv[2])
master, slave = os.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
child = subprocess.Popen(sys.argv[3:], stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
os.close(slave)
while True:
    try:
        data = os.read(master, 65536)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
sys.stdout.flush()
sys.exit(child.wait())
`

/** A real terminal needs Python; where it is missing such tests are left out. */
export const hasTerminal =
  process.platform !== 'win32' && spawnSync('python3', ['-c', 'import pty']).status === 0

export interface Screen {
  readonly code: number
  readonly lines: readonly string[]
}

/** What the command line shows on a terminal of so many columns and rows, without what ends a line. */
export async function showOn(
  { columns, rows }: { readonly columns: number; readonly rows: number },
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Screen> {
  const command = [process.execPath, BIN, ...args]
  const child = spawn('python3', ['-c', PTY, String(columns), String(rows), ...command], {
    env: { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', TERM: 'xterm', NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [shown, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { code, lines: shown.trimEnd().split('\r\n') }
}
