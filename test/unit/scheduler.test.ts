import { describe, expect, it } from 'vitest'
import { runTasks } from '../../src/lib/pipeline/scheduler.ts'

async function* numbers(count: number, onPull: (at: number) => void = () => {}): AsyncGenerator<number> {
  for (let at = 0; at < count; at += 1) {
    onPull(at)
    yield at
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the scheduler', () => {
  it('runs every task once and yields every result', async () => {
    const results: number[] = []
    for await (const result of runTasks(numbers(50), [], async (task) => [task * 2], 4)) results.push(result)
    expect(results.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, at) => at * 2))
  })

  it('never has more under way than allowed, and uses what is allowed', async () => {
    let running = 0
    let most = 0
    const run = async (task: number): Promise<number[]> => {
      running += 1
      most = Math.max(most, running)
      await turn()
      running -= 1
      return [task]
    }
    for await (const _ of runTasks(numbers(40), [], run, 5)) expect(running).toBeLessThanOrEqual(5)
    expect(most).toBe(5)
  })

  it('pulls no further than its reader has read', async () => {
    let pulled = 0
    const tasks = runTasks(
      numbers(1_000, () => (pulled += 1)),
      [],
      async (task) => [task],
      3,
    )
    await tasks.next()
    for (let at = 0; at < 20; at += 1) await turn()
    expect(pulled).toBeLessThanOrEqual(5)
    await tasks.return()
  })

  it('does what tasks leave behind, also when the source has ended', async () => {
    const followUps: number[] = []
    const run = async (task: number): Promise<number[]> => {
      if (task < 10) followUps.push(task + 10)
      return [task]
    }
    const results: number[] = []
    for await (const result of runTasks(numbers(3), followUps, run, 2)) results.push(result)
    expect(results.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 10, 11, 12])
  })

  it('hands out results while the source waits', async () => {
    let release = (): void => {}
    const waiting = new Promise<void>((resolve) => {
      release = resolve
    })
    async function* source(): AsyncGenerator<number> {
      yield 1
      await waiting
      yield 2
    }
    const tasks = runTasks(source(), [], async (task) => [task], 4)
    expect((await tasks.next()).value).toBe(1)
    release()
    expect((await tasks.next()).value).toBe(2)
    expect((await tasks.next()).done).toBe(true)
  })

  it('ends with the first error after all that was under way has settled', async () => {
    let settled = 0
    const run = async (task: number): Promise<number[]> => {
      await turn()
      settled += 1
      if (task === 2) throw new Error('broken')
      return [task]
    }
    const read = async (): Promise<void> => {
      for await (const _ of runTasks(numbers(100), [], run, 4)) await turn()
    }
    await expect(read()).rejects.toThrow('broken')
    const atEnd = settled
    await turn()
    expect(settled).toBe(atEnd)
  })
})
