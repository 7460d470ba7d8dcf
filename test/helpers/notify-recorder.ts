import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A `systemd-notify` first on the PATH, which writes down what it was told. */
export interface NotifyRecorder extends Disposable {
  readonly environment: { readonly PATH: string; readonly NOTIFY_SOCKET: string }
  /** The messages so far, each as its variables. */
  messages(): readonly (readonly string[])[]
}

/** `body` is what it does after it has written the message down, in sh. */
export function createNotifyRecorder(body = ''): NotifyRecorder {
  const folder = mkdtempSync(join(tmpdir(), 'perpctl-notify-'))
  const record = join(folder, 'record')
  const program = join(folder, 'systemd-notify')
  // One write for each message: the socket first, then what it was told, with a tab between.
  writeFileSync(
    program,
    `#!/bin/sh\nline=$NOTIFY_SOCKET\nfor one in "$@"; do line="$line\t$one"; done\nprintf '%s\\n' "$line" >>'${record}'\n${body}\n`,
  )
  chmodSync(program, 0o755)
  const socket = join(folder, 'socket')
  return {
    environment: { PATH: `${folder}${delimiter}${process.env.PATH ?? ''}`, NOTIFY_SOCKET: socket },
    messages() {
      const lines = existsSync(record) ? readFileSync(record, 'utf8').split('\n') : []
      return lines
        .filter((line) => line !== '')
        .map((line) => {
          const [told, ...variables] = line.split('\t')
          if (told !== socket) throw new Error(`told to ${told} instead of ${socket}`)
          return variables
        })
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
