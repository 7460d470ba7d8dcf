import { once } from 'node:events'
import { stdoutClosed } from '../output.ts'

/** Writes to stdout and returns when there is room for more, so that rows wait in the server and not here. */
export async function writeOut(text: string): Promise<void> {
  stdoutClosed.throwIfAborted()
  if (text === '' || process.stdout.write(text)) return
  await once(process.stdout, 'drain', { signal: stdoutClosed })
}
