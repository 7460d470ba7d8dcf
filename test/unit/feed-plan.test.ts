import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planLines } from '../../src/lib/feed/plan-lines.ts'
import { Subscriptions } from '../../src/lib/feed/subscriptions.ts'

const feed = {
  maxStreams: 8,
  commonStreams: ['all', 'news'],
  streamsOf: (symbol: string): readonly string[] => [`${symbol}@a`, `${symbol}@b`],
}
const symbols = fc.uniqueArray(fc.integer({ min: 0, max: 40 }).map((at) => `S${at}`))

describe('the plan of the lines', () => {
  it('has every symbol once and no line too full, however often it changes', () => {
    fc.assert(
      fc.property(fc.array(symbols, { minLength: 1, maxLength: 8 }), (changes) => {
        let plan: string[][] = []
        for (const wanted of changes) {
          plan = planLines(feed, wanted, plan)
          expect(plan.flat().toSorted()).toEqual(wanted.toSorted())
          expect(plan.every((line, at) => line.length <= (at === 0 ? 3 : 4))).toBe(true)
          // The common streams alone tell too little to watch a connection by.
          expect(plan.length === 0 || (plan[0]?.length ?? 0) > 0).toBe(true)
        }
      }),
    )
  })

  it('leaves each symbol where it is and fills what has room', () => {
    const plan = planLines(feed, ['A', 'B', 'C', 'D', 'E'], [])
    expect(plan).toEqual([
      ['A', 'B', 'C'],
      ['D', 'E'],
    ])
    expect(planLines(feed, ['A', 'C', 'D', 'E', 'F'], plan)).toEqual([
      ['A', 'C', 'F'],
      ['D', 'E'],
    ])
    expect(planLines(feed, ['D', 'E'], plan)).toEqual([['D', 'E']])
    expect(planLines(feed, [], plan)).toEqual([])
  })
})

describe('subscriptions', () => {
  it('come to what is wanted last, in whatever order it changes and is said', () => {
    const change = fc.record({ wanted: symbols, renewed: symbols, said: fc.nat(3) })
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 7 }),
        (changes, most) => {
          const subscriptions = new Subscriptions(most, [])
          const carried = new Set<string>()
          let id = 0
          const sayOne = (): boolean => {
            id += 1
            const batch = subscriptions.next(id)
            expect(batch?.streams.length ?? 1).toBeLessThanOrEqual(most)
            for (const stream of batch?.streams ?? []) {
              // Neither is anything begun twice nor ended before it was begun.
              expect(carried.has(stream)).toBe(!batch?.isSubscription)
              if (batch?.isSubscription) carried.add(stream)
              else carried.delete(stream)
            }
            return batch !== undefined
          }
          for (const { wanted, renewed, said } of changes) {
            subscriptions.want(wanted)
            subscriptions.renew(renewed)
            for (let at = 0; at < said; at += 1) sayOne()
          }
          while (sayOne());
          const last = changes.at(-1)?.wanted ?? []
          expect([...carried].toSorted()).toEqual(last.toSorted())
          expect([...subscriptions.streams].toSorted()).toEqual(last.toSorted())
          for (let at = 1; at <= id; at += 1) subscriptions.settle(at, false)
          expect(subscriptions.isSettled).toBe(true)
        },
      ),
    )
  })

  it('are not settled while something is still to be renewed', () => {
    const subscriptions = new Subscriptions(1, ['a', 'b'])
    for (const id of [1, 2]) {
      subscriptions.next(id)
      subscriptions.settle(id, false)
    }
    subscriptions.want(['b'])
    subscriptions.renew(['b'])
    const said = [3, 4, 5].map((id) => {
      const batch = subscriptions.next(id)
      subscriptions.settle(id, false)
      return [batch?.isSubscription, batch?.streams, subscriptions.isSettled]
    })
    expect(said).toEqual([
      [false, ['a'], false],
      [false, ['b'], false],
      [true, ['b'], true],
    ])
  })

  it('are settled only with the answer to the last of them', () => {
    const subscriptions = new Subscriptions(1, ['a', 'b'])
    subscriptions.next(1)
    subscriptions.settle(1, false)
    expect(subscriptions.isSettled).toBe(false)
    subscriptions.next(2)
    expect(subscriptions.isSettled).toBe(false)
    expect(subscriptions.settle(null, false)).toBeUndefined()
    expect(subscriptions.settle(2, true)).toEqual({ isSubscription: true, streams: ['b'] })
    expect(subscriptions.isSettled).toBe(true)
    expect(subscriptions.streams).toEqual(['a'])
  })

  it('that are refused together are asked for in halves, until the one that the venue does not want is alone', () => {
    const names = ['a', 'b', 'bad', 'd', 'e']
    const subscriptions = new Subscriptions(10, names)
    const said: (readonly string[])[] = []
    for (let id = 1; ; id += 1) {
      const batch = subscriptions.next(id)
      if (!batch) break
      said.push(batch.streams)
      // An error that names no message is the answer to the one that waits.
      const isRefused = batch.streams.includes('bad')
      subscriptions.settle(isRefused && id > 1 ? null : id, isRefused)
    }
    expect(said).toEqual([names, ['a', 'b', 'bad'], ['d', 'e'], ['a', 'b'], ['bad']])
    expect(subscriptions.isSettled).toBe(true)
    expect(subscriptions.streams).toEqual(['a', 'b', 'd', 'e'])
  })
})
