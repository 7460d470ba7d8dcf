import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startSimulation } from '../../src/commands/run/simulation.ts'
import { ask } from '../helpers/simulator.ts'
import { StreamClient } from '../helpers/stream-client.ts'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

/** It starts the program that runs; here that is the test's runner. */
const runner = process.argv[1] ?? ''
beforeEach(() => {
  process.argv[1] = BIN
})
afterEach(() => {
  process.argv[1] = runner
})

describe('a simulated venue beside a command', () => {
  it('runs as told and ends with it', async () => {
    await using simulation = await startSimulation(undefined, {
      rate: 1_440,
      start: '2026-05-03T12:00Z',
      symbols: 4,
      faults: ['ws-refuse:status=403:count=1'],
      hasLimits: false,
    })
    const { restUrl, wsUrl } = simulation.addresses
    const { rate, now } = JSON.parse((await ask(`${restUrl}/_sim/clock`)).text)
    expect(rate).toBe(1_440)
    expect(now - Date.UTC(2026, 4, 3, 12)).toSatisfy((ms: number) => ms > 0 && ms < 86_400_000)
    const { rateLimits } = JSON.parse((await ask(`${restUrl}/fapi/v1/exchangeInfo`)).text)
    expect(rateLimits[0].limit).toBe(1_000_000_000)
    await expect(StreamClient.open(`${wsUrl}/market/ws`)).rejects.toThrow(/403/)
    const client = await StreamClient.open(`${wsUrl}/market/ws`)
    await simulation[Symbol.asyncDispose]()
    await client.closed
  })

  it('that cannot start says why', async () => {
    await expect(startSimulation('/nowhere')).rejects.toThrow(/did not start: .*\/nowhere does not exist/s)
  })
})
