import { spawn } from 'node:child_process'
import { toOneLine } from '../text/one-line.ts'

/** It waits until systemd has read the message. Where nobody reads, it would wait for ever. */
const PATIENCE = 5_000

/** What is told: `READY`, `STATUS`, `WATCHDOG`, `STOPPING` … (sd_notify(3)). */
export type Message = Readonly<Record<string, string>>

export interface Notifier {
  /** Sends the message after those that wait; values of the same name that still wait are replaced. */
  tell(message: Message): void
  /** Resolves when all that was told is sent, or could not be. Never rejects. */
  flush(): Promise<void>
}

export interface NotifierOptions {
  readonly socket: string
  /** Told once, with the reason: what sends is missing or does not work. */
  readonly onBroken: (reason: string) => void
}

/**
 * Tells systemd through its own program `systemd-notify`: Node has no datagram sockets for files. One message at a time,
 * so that they arrive in order.
 */
export function createNotifier({ socket, onBroken }: NotifierOptions): Notifier {
  let waiting: Message = {}
  let sending: Promise<void> | undefined
  let isBroken = false
  const sendAll = async (): Promise<void> => {
    while (Object.keys(waiting).length > 0) {
      const message = waiting
      waiting = {}
      const failure = await send(socket, message)
      if (failure === undefined) continue
      if (!isBroken) onBroken(failure)
      isBroken = true
    }
    sending = undefined
  }
  return {
    tell(message) {
      waiting = { ...waiting, ...message }
      sending ??= sendAll()
    },
    flush: async () => await sending,
  }
}

/** Undefined when it was sent, else why not. */
function send(socket: string, message: Message): Promise<string | undefined> {
  // A new line would begin another variable.
  const args = Object.entries(message).map(([name, value]) => `${name}=${toOneLine(value)}`)
  const { PATH = '/usr/bin:/bin' } = process.env
  return new Promise((resolve) => {
    const child = spawn('systemd-notify', args, {
      env: { PATH, NOTIFY_SOCKET: socket },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => {
      if (code === 0) resolve(undefined)
      else resolve(said.trim() || `systemd-notify ended with ${signal ?? code}`)
    })
  })
}
