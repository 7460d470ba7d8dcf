import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { holdLock } from '../../src/db/embedded/lock.ts'
import { runNode, startNode } from '../helpers/node-process.ts'

let folder: string
let path: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perpctl-lock-'))
  path = join(folder, 'lock')
})
afterAll(async () => await rm(folder, { recursive: true }))

const HOLD = `
  import { holdLock } from 'src:db/embedded/lock.ts'
  globalThis.lock = await holdLock(process.env.LOCK)
  console.log('held')
  setInterval(() => {}, 1000)`

test('it is free again the moment its holder is killed', async () => {
  const holder = startNode(HOLD, { env: { ...process.env, LOCK: path } })
  if (!holder.stdout) throw new Error('the child has no pipes')
  await once(holder.stdout, 'data')
  const waiting = new AbortController()
  const attempt = holdLock(path, waiting.signal)
  waiting.abort()
  await expect(attempt).rejects.toThrow(/abort/)
  const next = holdLock(path)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  ;(await next)[Symbol.dispose]()
})

test('processes that all want it hold it one after the other', async () => {
  const code = `
    import { appendFileSync } from 'node:fs'
    import { setTimeout as wait } from 'node:timers/promises'
    import { holdLock } from 'src:db/embedded/lock.ts'
    for (let turn = 0; turn < 5; turn += 1) {
      using _lock = await holdLock(process.env.LOCK)
      appendFileSync(process.env.LOCK + '.log', '(')
      await wait(2)
      appendFileSync(process.env.LOCK + '.log', ')')
    }`
  const env = { ...process.env, LOCK: path }
  const results = await Promise.all(Array.from({ length: 6 }, async () => await runNode(code, { env })))
  expect(results.map(({ code: status, stderr }) => [status, stderr])).toEqual(results.map(() => [0, '']))
  expect(await readFile(`${path}.log`, 'utf8')).toBe('()'.repeat(30))
})
