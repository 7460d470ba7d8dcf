import { describe, expect, it } from 'vitest'
import { StreamClaims } from '../../src/db/stream-claims.ts'
import { startNode } from '../helpers/node-process.ts'
import { createWorld, expectTruth, type World } from '../helpers/world.ts'

const WINDOW = { from: Date.UTC(2026, 1, 1), to: Date.UTC(2026, 1, 9) }
const ARGS = ['backfill', 'ohlcv', '--symbols', 'BTCUSDT', '--since', '2026-02-01', '--until', '2026-02-09']
const NOW = { startAt: Date.UTC(2026, 1, 10) }
const SLOW = { path: 'klines', kind: 'slow', ms: 60, every: 2 } as const
const PATIENT = { interval: 20, timeout: 120_000 }

const someRows = async ({ database }: World): Promise<number> =>
  (await database.sql<{ count: number }[]>`select count(*)::int as count from ohlcv`)[0]?.count ?? 0

interface StatusRun {
  readonly executionId: string
  readonly state: string
  readonly host: string
  readonly pid: number
}

const runsOf = async (world: World): Promise<StatusRun[]> =>
  JSON.parse((await world.run(['status', '--json'])).stdout).runs

describe('a run that stands still', () => {
  it('is silent and not dead; who waits for it says for whom; --takeover goes on in its place', async () => {
    await using world = await createWorld({ clock: NOW, faults: [SLOW] })
    const { sql } = world.database
    const first = world.start([...ARGS, '--concurrency', '1', '--json'])
    await expect.poll(() => someRows(world), PATIENT).toBeGreaterThan(0)
    first.child.kill('SIGSTOP')
    await sql`update executions set heartbeat_time = heartbeat_time - interval '5 minutes'`
    world.simulator.setFaults([])
    const [stopped] = await runsOf(world)
    expect(stopped).toMatchObject({ state: 'silent', pid: first.child.pid })
    const { stdout: shown } = await world.run(['status'])
    expect(shown).toContain(`process ${first.child.pid} on ${stopped?.host}`)
    expect(shown).toContain('--takeover')
    const short = stopped?.executionId.slice(0, 8)

    const second = world.start(ARGS)
    let told = ''
    second.child.stderr?.on('data', (chunk: Buffer) => (told += chunk.toString()))
    await expect.poll(() => told, PATIENT).toContain('in the hands of')
    expect(told).toMatch(
      new RegExp(
        `in the hands of run ${short} \\(backfill ohlcv, process ${first.child.pid} on \\S+, since \\d{4}-[^)]+ UTC\\), silent for 5m`,
      ),
    )
    expect(told).toContain('--takeover')
    second.child.kill('SIGINT')
    expect((await second.done).code).toBe(130)

    const third = await world.run([...ARGS, '--takeover', '--json'])
    expect([third.code, third.code === 0 ? '' : third.stderr]).toEqual([0, ''])
    await expectTruth(world, ['BTCUSDT'], WINDOW)
    expect(
      await sql`select 1 from pg_stat_activity
      where application_name like ${`perpctl % ${stopped?.executionId}`}`,
    ).toHaveLength(0)
    // Its sessions are gone, the process is not.
    expect((await runsOf(world)).find(({ executionId }) => executionId === stopped?.executionId)?.state).toBe(
      'silent',
    )

    first.child.kill('SIGCONT')
    await first.done
    await expectTruth(world, ['BTCUSDT'], WINDOW)
    const again = await world.run([...ARGS, '--json'])
    expect(JSON.parse(again.stdout)).toMatchObject({ rowsFetched: 0, missingMinutes: 0 })
  })

  it('gives the symbols of its stream to one that takes over, as its sessions are ended', async () => {
    await using world = await createWorld()
    const { url } = world.database
    const held = '11111111-1111-4111-8111-111111111111'
    const code = `
      const { StreamClaims } = await import('src:db/stream-claims.ts')
      const claims = await StreamClaims.open({ url: ${JSON.stringify(url)}, venue: 'binance', executionId: '${held}', onTakenOver: () => {} })
      await claims.take(['AUSDT'])
      process.stdout.write('taken')
      setInterval(() => {}, 1_000)`
    const child = startNode(code)
    try {
      await new Promise((resolve) => child.stdout?.once('data', resolve))
      child.kill('SIGSTOP')
      const options = {
        url,
        venue: 'binance',
        executionId: '22222222-2222-4222-8222-222222222222',
        takeoverMs: 300,
      }
      await using claims = await StreamClaims.open({ ...options, onTakenOver: () => {} })
      expect(await claims.take(['AUSDT'])).toEqual([{ executionId: held, symbols: ['AUSDT'] }])
      await claims.takeOver(['AUSDT'], new AbortController().signal)
      expect(await claims.take(['AUSDT'])).toEqual([])
    } finally {
      child.kill('SIGKILL')
    }
  })
})
