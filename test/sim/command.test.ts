import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { ask } from '../helpers/simulator.ts'
import { StreamClient } from '../helpers/stream-client.ts'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const { PATH = '', HOME = '' } = process.env

let child: ChildProcess | undefined
afterEach(() => {
  child?.kill('SIGKILL')
})

/** Starts `perpctl sim --json …` and reads its first line. */
async function start(
  ...args: string[]
): Promise<{ child: ChildProcess; restUrl: string; wsUrl: string; archiveUrl: string; pid: number }> {
  const started = spawn(process.execPath, [BIN, 'sim', '--json', ...args], {
    env: { PATH, HOME },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child = started
  const ended = once(started, 'exit').then(([code]) => {
    throw new Error(`perpctl sim ended with ${code} before it was ready`)
  })
  const [line] = await Promise.race([once(createInterface(started.stdout), 'line'), ended])
  return { child: started, ...JSON.parse(line) }
}

async function fail(...args: string[]): Promise<{ code: unknown; text: string }> {
  const started = spawn(process.execPath, [BIN, 'sim', ...args], {
    env: { PATH, HOME },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const parts: string[] = []
  started.stderr.on('data', (part) => parts.push(String(part)))
  const [code] = await once(started, 'close')
  return { code, text: parts.join('') }
}

describe('perpctl sim', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('serves until %s', async (signal, exitCode) => {
    const sim = await start('--start', '2026-05-03T12:00Z', '--rate', '0', '--symbols', '5')
    expect(sim.pid).toBe(sim.child.pid)
    const reply = await ask(`${sim.restUrl}/fapi/v1/time`)
    expect(reply.text).toBe(`{"serverTime":${Date.UTC(2026, 4, 3, 12)}}`)
    sim.child.kill(signal)
    expect(await once(sim.child, 'exit')).toEqual([exitCode, null])
  })

  it('offers the bulk archive, with files that are wrong by rule', async () => {
    const key = 'data/futures/um/monthly/fundingRate/BTCUSDT/BTCUSDT-fundingRate-2026-03.zip'
    const sim = await start(
      '--start',
      '2026-05-03',
      '--fault',
      'archive-missing:path=fundingRate-2026-02.zip',
    )
    expect((await ask(`${sim.archiveUrl}/${key}.CHECKSUM`)).text).toMatch(
      /^[0-9a-f]{64} {2}BTCUSDT-fundingRate-2026-03\.zip$/,
    )
    expect((await ask(`${sim.archiveUrl}/${key.replace('03.zip', '02.zip')}`)).status).toBe(404)
  })

  it('ends with its parent', async () => {
    const sim = await start('--parent')
    expect((await ask(`${sim.restUrl}/fapi/v1/ping`)).text).toBe('{}')
    sim.child.stdin?.end()
    expect(await once(sim.child, 'exit')).toEqual([0, null])
  })

  it('without --parent does not mind the end of its input', async () => {
    const sim = await start()
    sim.child.stdin?.end()
    expect((await ask(`${sim.restUrl}/fapi/v1/ping`)).text).toBe('{}')
    expect((await ask(`${sim.restUrl}/fapi/v1/ping`)).text).toBe('{}')
  })

  it('misbehaves by rule, and without limits', async () => {
    const sim = await start('--fault', '451:path=time:count=1', '--fault', '500:path=ping', '--no-limits')
    expect((await ask(`${sim.restUrl}/fapi/v1/time`)).status).toBe(451)
    expect((await ask(`${sim.restUrl}/fapi/v1/time`)).status).toBe(200)
    expect((await ask(`${sim.restUrl}/fapi/v1/ping`)).status).toBe(500)
    expect(JSON.parse((await ask(`${sim.restUrl}/_sim/stats`)).text).faults).toEqual({ '451': 1, '500': 1 })
  })

  it('streams, hurries and misbehaves as told', async () => {
    const sim = await start('--rate', '1440', '--symbols', '3', '--fault', 'ws-no-close:symbol=ETHUSDT')
    await using client = await StreamClient.open(`${sim.wsUrl}/market/ws/btcusdt@kline_1m/ethusdt@kline_1m`)
    const closed = () => client.received.filter(({ text }) => text.includes('"x":true'))
    await expect.poll(() => closed().length, { timeout: 120_000 }).toBeGreaterThan(30)
    expect(new Set(closed().map(({ text }) => JSON.parse(text).s))).toEqual(new Set(['BTCUSDT']))
    const put = { method: 'PUT', body: '[{"kind":"ws-disconnect"}]' }
    await ask(`${sim.restUrl}/_sim/faults`, {}, put)
    expect(await client.closed).toBe(1_001)
    const told = JSON.parse((await ask(`${sim.restUrl}/_sim/stream`)).text)
    expect(told).toMatchObject({ opened: 1, connections: 0, disconnects: [{ reason: 'ws-disconnect' }] })
    expect(told.sent).toBe(client.received.length)
  })

  it('tells what is wrong with a flag, and exits 2', async () => {
    expect(await fail('--fault', '501')).toEqual({
      code: 2,
      text: expect.stringContaining('fault 501: kind: expected one of 500, 503'),
    })
    expect(await fail('--rate', 'fast')).toEqual({
      code: 2,
      text: expect.stringContaining('--rate: expected how many times'),
    })
  })

  it('tells what is wrong with a folder, and exits 4', async () => {
    expect(await fail('--data', '/nowhere')).toEqual({
      code: 4,
      text: expect.stringContaining('/nowhere does not exist'),
    })
  })
})
