import { describe, expect, it } from 'vitest'
import { ALL_WELL, readDiagnosis } from '../helpers/doctor.ts'
import { startBrokenProxy, startMuteServer, startProxy } from '../helpers/proxies.ts'
import { eventually } from '../helpers/stream-world.ts'
import { createWorld, type World } from '../helpers/world.ts'

const PASSWORD = 'proxy-s3cret'
const HOUR = 3_600_000

const examine = async (world: World, args: readonly string[] = [], env: Record<string, string> = {}) =>
  readDiagnosis(await world.run(['doctor', '--json', ...args], env))

const bothOf = (group: string, { rows }: ReturnType<typeof readDiagnosis>) =>
  rows.filter((row) => row.group === group).map(({ name, status }) => [name, status])

describe('the lanes of perpctl doctor', () => {
  it('are told one by one: working, dead, broken, with a wrong password', async () => {
    await using world = await createWorld()
    await using good = await startProxy('127.0.0.2', PASSWORD)
    await using broken = await startBrokenProxy()
    const dead = await startProxy('127.0.0.4')
    await dead[Symbol.asyncDispose]()
    const locked = good.url.replace(PASSWORD, 'wrong-s3cret')
    const proxies = [good.url, dead.url, broken.url, locked].join(',')
    const found = await examine(world, ['--proxies', proxies])
    expect(found.code).toBe(3)
    expect(bothOf('lanes', found)).toEqual([
      ['direct', 'ok'],
      ['proxy-1', 'ok'],
      ['proxy-2', 'failed'],
      ['proxy-3', 'failed'],
      ['proxy-4', 'failed'],
    ])
    expect(bothOf('feed', found)).toEqual(bothOf('lanes', found))
    const at = (url: string): string => `over http://${new URL(url).host}`
    expect(found.row('lanes', 'proxy-1').message).toMatch(new RegExp(` ms ${at(good.url)}$`))
    expect(found.row('lanes', 'proxy-2').message).toBe(
      `${at(dead.url)}: the proxy cannot be used: the connection was refused`,
    )
    expect(found.row('lanes', 'proxy-2').hint).toMatch(/^see whether the proxy runs .* correct proxy-2 in /)
    expect(found.row('lanes', 'proxy-3').message).toBe(`${at(broken.url)}: the proxy answered 502`)
    expect(found.row('lanes', 'proxy-4')).toMatchObject({
      message: `${at(locked)}: the proxy answered 407`,
      hint: 'check user and password of proxy-4 in PERPCTL_PROXIES (--proxies)',
      details: { type: 'proxy', answers: 0, latencyMs: null },
    })
    expect(found.row('feed', 'proxy-2').hint).toBe('its lane does not work either: mend that first')
    const text = (await world.run(['doctor', '--proxies', proxies])).stdout
    expect(text + JSON.stringify(found.rows)).not.toMatch(/s3cret|test-key|user:/)
    const addresses = new Set(world.simulator.stats().recorded.map(({ address }) => address))
    expect(addresses.has('127.0.0.2')).toBe(true)
  })

  it('that the venue does not serve end with 75 where there is no other, else with 3', async () => {
    await using world = await createWorld({ faults: [{ kind: '451', path: 'time', address: '127.0.0.1' }] })
    await using proxy = await startProxy('127.0.0.2')
    const alone = await examine(world)
    expect(alone.code).toBe(75)
    expect(alone.row('lanes', 'direct')).toMatchObject({
      status: 'failed',
      message:
        'from 127.0.0.1: binance answered 451: it does not serve this location (try a proxy elsewhere)',
      details: { type: 'http_451' },
    })
    expect(alone.statuses).toMatchObject({ 'clock local clock': 'skipped', 'feed direct': 'ok' })
    const beside = await examine(world, ['--proxies', proxy.url])
    expect(beside.code).toBe(3)
    expect(bothOf('lanes', beside)).toEqual([
      ['direct', 'failed'],
      ['proxy-1', 'ok'],
    ])
  })

  it('that are banned are told with until when, and asked once', async () => {
    await using world = await createWorld({ faults: [{ kind: '418', path: 'time', ms: HOUR, count: 1 }] })
    const until = world.simulator.now() + HOUR
    const found = await examine(world)
    expect(found.code).toBe(75)
    const { message, hint } = found.row('lanes', 'direct')
    const told = /^from 127\.0\.0\.1: binance answered 418 \(address banned\), paused until (.*) UTC$/.exec(
      message,
    )?.[1]
    expect(Math.abs(Date.parse(`${told}Z`) - until)).toBeLessThan(60_000)
    expect(hint).toMatch(/^wait until then/)
    expect(world.simulator.stats().requests['/fapi/v1/time']).toBe(1)
    expect(world.simulator.stats().violations.whileBanned).toBe(0)
  })

  it('that fail now and then are a warning', async () => {
    await using world = await createWorld({ faults: [{ kind: '503', path: 'time', count: 1, variant: 1 }] })
    const found = await examine(world)
    expect(found.code).toBe(0)
    expect(found.row('lanes', 'direct')).toMatchObject({
      status: 'warning',
      details: { answers: 2, type: 'http_503' },
    })
    expect(found.summary).toBe('All is well; 1 warning: direct (lanes)')
  })

  it('end with 75 where the venue is down, whatever else is wrong with it', async () => {
    await using world = await createWorld()
    await world.simulator.close()
    const found = await examine(world)
    expect(found.code).toBe(75)
    expect(found.statuses).toEqual({
      ...ALL_WELL,
      'clock local clock': 'skipped',
      'lanes direct': 'failed',
      'feed direct': 'failed',
      'key COINALYZE_KEY': 'warning',
    })
    expect(found.row('lanes', 'direct').message).toBe('from 127.0.0.1: the connection was refused')
    expect(found.summary).toBe('2 problems: direct (lanes), direct (feed); 1 warning: COINALYZE_KEY (key)')
  })

  it('are given up in time where nothing answers', async () => {
    await using world = await createWorld({ faults: [{ kind: 'hang' }] })
    const startedAt = performance.now()
    const found = await examine(world, ['--request-timeout', '2s'])
    expect(found.code).toBe(75)
    expect(found.row('lanes', 'direct').message).toBe('from 127.0.0.1: no complete answer in time')
    expect(performance.now() - startedAt).toBeLessThan(60_000)
  })

  it('over proxies that take a connection and are mute do not hold it up', async () => {
    await using world = await createWorld()
    await using mute = await startMuteServer()
    const proxies = `http://127.0.0.1:${mute.port},socks5://127.0.0.1:${mute.port}`
    const startedAt = performance.now()
    const found = await examine(world, ['--proxies', proxies, '--request-timeout', '2s'])
    expect(performance.now() - startedAt).toBeLessThan(60_000)
    expect(found.code).toBe(3)
    expect(bothOf('lanes', found)).toEqual([
      ['direct', 'ok'],
      ['proxy-1', 'failed'],
      ['proxy-2', 'failed'],
    ])
    expect(bothOf('feed', found)).toEqual(bothOf('lanes', found))
  })

  it('let Ctrl-C end it', async () => {
    await using world = await createWorld({ faults: [{ kind: 'hang' }] })
    const { child, done } = world.start(['doctor'])
    await eventually(() => expect(world.simulator.stats().recorded.length).toBeGreaterThan(0))
    child.kill('SIGINT')
    expect(await done).toMatchObject({ code: 130, stdout: '' })
  })
})

describe('the feed of perpctl doctor', () => {
  it('fails where it connects and no data come', async () => {
    await using world = await createWorld({ faults: [{ kind: 'ws-silent' }] })
    const found = await examine(world, ['--request-timeout', '3s'])
    expect(found.code).toBe(75)
    expect(found.statuses).toEqual({ ...ALL_WELL, 'feed direct': 'failed' })
    const { message, hint } = found.row('feed', 'direct')
    expect(message).toMatch(/^127\.0\.0\.1:\d+: no data for 3s although the connection is open$/)
    expect(hint).toMatch(/^a firewall or proxy may not let websockets through/)
    expect(world.simulator.stream().connections).toBe(0)
  })

  it('that is silent over one of two ways leaves the other one', async () => {
    await using world = await createWorld({ faults: [{ kind: 'ws-silent', count: 1 }] })
    await using proxy = await startProxy('127.0.0.2')
    const found = await examine(world, ['--proxies', proxy.url, '--request-timeout', '3s'])
    expect(found.code).toBe(3)
    expect(
      bothOf('feed', found)
        .map(([, status]) => status)
        .toSorted(),
    ).toEqual(['failed', 'ok'])
    expect(bothOf('lanes', found).map(([, status]) => status)).toEqual(['ok', 'ok'])
  })

  it('that is refused is told with the reason', async () => {
    await using world = await createWorld({ faults: [{ kind: 'ws-refuse', status: 451 }] })
    const { code, row } = await examine(world)
    expect(code).toBe(75)
    expect(row('feed', 'direct')).toMatchObject({ status: 'failed', details: { code: 451 } })
    expect(row('feed', 'direct').message).toContain('it does not serve this location')
  })
})

describe('the clock and the key of perpctl doctor', () => {
  it('warn of a clock that is off', async () => {
    await using world = await createWorld({ clock: { startAt: Date.now() - HOUR } })
    const { code, row } = await examine(world)
    expect(code).toBe(0)
    const { status, message, details } = row('clock', 'local clock')
    expect(status).toBe('warning')
    expect(Math.abs(Number(details.offsetMs) - HOUR)).toBeLessThan(2_000)
    expect(message).toMatch(/^3[56]\d\d s ahead of that of binance: times in logs and of cron are off/)
  })

  it('fail with 4 where Coinalyze does not accept the key, and never show it', async () => {
    await using world = await createWorld({ coinalyze: { keys: ['another'] } })
    const found = await examine(world)
    expect(found.code).toBe(4)
    expect(found.row('key', 'COINALYZE_KEY')).toMatchObject({
      status: 'failed',
      message: 'coinalyze does not accept the key in COINALYZE_KEY (401)',
      hint: 'get a free key at https://coinalyze.net/account/api-key/ and set COINALYZE_KEY',
    })
    expect(JSON.stringify(found.rows)).not.toContain('test-key')
    expect(world.simulator.stats().requests['/coinalyze/v1/exchanges']).toBe(1)
  })

  it('note that there is none', async () => {
    await using world = await createWorld()
    const found = await examine(world, [], { COINALYZE_KEY: '' })
    expect(found.code).toBe(0)
    expect(found.statuses).toEqual({ ...ALL_WELL, 'key COINALYZE_KEY': 'note' })
    expect(world.simulator.stats().requests['/coinalyze/v1/exchanges']).toBeUndefined()
  })

  it('are mended in the order of the exit codes', async () => {
    await using world = await createWorld({ coinalyze: { keys: ['another'] } })
    const found = await examine(world, ['--proxies', 'http://127.0.0.1:1'], {
      DATABASE_URL: 'postgresql://user@127.0.0.1:1/market',
    })
    expect(found.code).toBe(4)
    expect(found.summary).toBe(
      '4 problems: COINALYZE_KEY (key), connection (database), proxy-1 (lanes), proxy-1 (feed)',
    )
  })
})
