import type { IncomingMessage } from 'node:http'
import * as z from 'zod'
import { PerpctlError } from '../../lib/errors.ts'
import type { Answer } from './answer.ts'
import type { VenueClock } from './clock.ts'
import { parseFaultRules } from './fault-rules.ts'
import type { FaultRule } from './faults.ts'
import type { SimulatorStats } from './stats.ts'
import type { StreamStats } from './stream/stream-stats.ts'

export const CONTROL_PREFIX = '/_sim/'

/** What another process may do with a running simulator. */
export interface Controls {
  readonly clock: VenueClock
  stats(): SimulatorStats
  stream(): StreamStats
  setFaults(rules: readonly FaultRule[]): void
}

const MAX_BODY = 1_000_000
const clockChange = z.strictObject({ advance: z.number().min(0) })

/** `GET /_sim/stats`, `GET /_sim/stream`, `GET /_sim/clock`, `PUT /_sim/faults` (an array of rules), `PUT /_sim/clock` (`{"advance": ms}`). */
export async function answerControl(
  request: IncomingMessage,
  path: string,
  controls: Controls,
): Promise<Answer> {
  try {
    return await perform(`${request.method} ${path.slice(CONTROL_PREFIX.length)}`, request, controls)
  } catch (error) {
    if (!(error instanceof PerpctlError || error instanceof z.ZodError || error instanceof SyntaxError))
      throw error
    return json(400, { error: error.message })
  }
}

async function perform(action: string, request: IncomingMessage, controls: Controls): Promise<Answer> {
  switch (action) {
    case 'GET stats':
      return json(200, controls.stats())
    case 'GET stream':
      return json(200, controls.stream())
    case 'GET clock':
      return json(200, { now: controls.clock.now(), rate: controls.clock.rate })
    case 'PUT faults': {
      const rules = parseFaultRules(await readJson(request))
      controls.setFaults(rules)
      return json(200, { faults: rules.length })
    }
    case 'PUT clock':
      controls.clock.advance(clockChange.parse(await readJson(request)).advance)
      return json(200, { now: controls.clock.now() })
    default:
      return json(404, {
        error: `no ${action}; there are GET stats, GET stream, GET clock, PUT faults, PUT clock`,
      })
  }
}

const json = (status: number, value: unknown): Answer => ({ status, body: JSON.stringify(value) })

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request) {
    parts.push(Buffer.from(part))
    length += part.length
    if (length > MAX_BODY) throw new SyntaxError('the body is too long')
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8'))
}
