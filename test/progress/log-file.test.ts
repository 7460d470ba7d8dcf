import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { RunEventBus } from '../../src/lib/events.ts'
import { openLogSubscriber } from '../../src/lib/progress/log-subscriber.ts'
import { createRedactor } from '../../src/lib/text/secrets.ts'

it('makes a log file that its owner alone can read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'perpctl-log-'))
  const logFile = join(folder, 'run.log')
  const before = process.umask(0)
  try {
    await using stack = new AsyncDisposableStack()
    const events = new RunEventBus()
    openLogSubscriber(stack, events, { settings: { logLevel: 'info', logFile }, redactor: createRedactor() })
    events.emit('note', { message: 'x' })
    await stack.disposeAsync()
    expect(statSync(logFile).mode & 0o777).toBe(0o600)
  } finally {
    process.umask(before)
    rmSync(folder, { recursive: true })
  }
})
