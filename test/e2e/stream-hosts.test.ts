import { describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/lib/model/window.ts'
import { isInShare } from '../../src/lib/symbols/share.ts'
import { FAST, hasCandles, SYMBOLS, startStream, stop } from '../helpers/stream-runs.ts'
import { coverageOf, eventually, expectWholeTruth, untilWhole } from '../helpers/stream-world.ts'
import { createWorld } from '../helpers/world.ts'

describe('streams of several hosts', () => {
  it('have a share each, which together are all symbols, and none twice', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(await createWorld({ clock: FAST, symbolCount: 7 }))
    const { database, simulator } = world
    const halves = ['1/2', '2/2'].map((share) => startStream(stack, world, ['--share', share], 'all'))
    await hasCandles(world, 1)
    const listed = await database.sql<{ symbol: string }[]>`
      select symbol from instruments where status = 'TRADING' and quote_asset = 'USDT' and contract_type like '%PERPETUAL'`
    const all = listed.map(({ symbol }) => symbol)
    expect(all.length).toBeGreaterThanOrEqual(7)
    await untilWhole(database.sql, all, simulator.now() + 30 * MINUTE)
    for (const half of halves) expect((await stop(half)).code).toBe(130)
    expect([...(await coverageOf(database.sql, 'ohlcv')).keys()].toSorted()).toEqual(all.toSorted())
    await expectWholeTruth(simulator, database.sql, all)
    const told = await database.sql<{ share: string; symbols: number }[]>`
      select params ->> 'share' as share, max((details ->> 'symbols')::int) as symbols
      from executions join perp_status using (execution_id)
      where details ? 'missingMinutes' group by 1 order by 1`
    const sizes = [1, 2].map((index) => all.filter((symbol) => isInShare(symbol, { index, count: 2 })).length)
    expect(told).toEqual([
      { share: '1/2', symbols: sizes[0] },
      { share: '2/2', symbols: sizes[1] },
    ])
  }, 600_000)

  it('stand by, and go on where another one dies, without a minute that is missing', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(await createWorld({ clock: FAST }))
    const { database, simulator } = world
    const first = startStream(stack, world)
    await hasCandles(world, 6)
    const second = startStream(stack, world, ['--standby'])
    let told = ''
    second.child.stderr?.on('data', (chunk: Buffer) => (told += chunk.toString()))
    await eventually(() => expect(told).toMatch(/stands by: run [0-9a-f]{8} has the symbols/))
    await stop(first, 'SIGKILL')
    await untilWhole(database.sql, SYMBOLS, simulator.now() + 30 * MINUTE)
    expect((await stop(second)).code).toBe(130)
    await expectWholeTruth(simulator, database.sql, SYMBOLS)
  }, 600_000)

  it('stand by until their time is over, and leave nothing behind', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(await createWorld({ clock: FAST }))
    startStream(stack, world)
    await hasCandles(world, 6)
    const { code, stderr } = await startStream(stack, world, ['--standby', '--for', '3s']).done
    expect([code, stderr.split('\n').at(-2)]).toEqual([0, expect.stringContaining('its time is over')])
  }, 600_000)

  it('are refused what they cannot do', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(await createWorld({ clock: FAST }))
    const ends = async (...args: string[]) => {
      const { code, stderr } = await startStream(stack, world, args).done
      return `${code} ${stderr}`
    }
    expect(await ends('--standby', '--takeover')).toMatch(/^2 .*--standby waits for another stream/)
    expect(await ends('--share', '3/2')).toMatch(/^2 .*1\/2 and 2\/2 on two machines/s)
    // Three symbols are not in a hundred shares.
    const empty = Array.from({ length: 100 }, (_, at) => at + 1).find((index) =>
      SYMBOLS.every((symbol) => !isInShare(symbol, { index, count: 100 })),
    )
    expect(await ends('--share', `${empty}/100`)).toMatch(/^4 .*none of the symbols is in the share/s)
  }, 600_000)
})
