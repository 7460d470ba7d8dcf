import { describe, expect, it } from 'vitest'
import { Turn } from '../../src/lib/time/turn.ts'

describe('turns', () => {
  it('come one after the other, in order, and each once', async () => {
    const turn = new Turn()
    const seen: number[] = []
    const work = async (name: number): Promise<() => void> => {
      const release = await turn.take()
      seen.push(name)
      return release
    }
    const all = [work(1), work(2), work(3)]
    const first = await all[0]
    await Promise.resolve()
    expect(seen).toEqual([1])
    first?.()
    first?.()
    const second = await all[1]
    expect(seen).toEqual([1, 2])
    second?.()
    await all[2]
    expect(seen).toEqual([1, 2, 3])
  })
})
