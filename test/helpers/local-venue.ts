import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RunEventBus } from '../../src/lib/events.ts'
import { VenueSession } from '../../src/lib/http/venue-session.ts'
import type { Clock } from '../../src/lib/time/clock.ts'
import type { Verdict } from '../../src/lib/venue/request.ts'
import type { Venue } from '../../src/lib/venue/venue.ts'

export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Told {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

export interface LocalVenue {
  readonly baseUrl: string
  readonly session: VenueSession
  readonly events: RunEventBus
  /** In the order in which they came. */
  readonly asked: readonly Asked[]
}

/** Nobody waits before a second try. */
const CLOCK: Clock = { now: () => performance.now(), sleep: async () => {} }

/** A session with a venue on loopback that answers as `answer` says; `shape` is what it has of its own. */
export async function withLocalVenue<T>(
  shape: Pick<Venue, 'judge'> & Partial<Venue>,
  answer: (asked: Asked) => Told,
  work: (venue: LocalVenue) => Promise<T>,
): Promise<T> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const { method = '', url = '', headers } = request
    const one = { method, url, headers, body: Buffer.concat(parts).toString() }
    asked.push(one)
    const told = answer(one)
    response.writeHead(told.status ?? 200, told.headers).end(told.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const probe = { request: { baseUrl, path: '/time', query: {}, costs: {} }, parse: Number }
  const venue: Venue = {
    name: 'local',
    host: 'local',
    budgets: [],
    historyStart: 0,
    probe,
    listing: { ...probe, parse: () => ({ instruments: [], odd: [], limits: {} }) },
    routes: {},
    feeds: [],
    isTradable: () => true,
    isContinuous: () => true,
    ...shape,
  }
  const events = new RunEventBus()
  const options = {
    proxies: [],
    usesDirect: true,
    concurrency: 2,
    requestTimeoutMs: 20_000,
    outageMs: 20_000,
  }
  try {
    await using session = new VenueSession({ venue, events, clock: CLOCK, ...options })
    return await work({ baseUrl, session, events, asked })
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

export const acceptAll = ({ status }: { readonly status: number }): Verdict =>
  status === 200 ? { kind: 'ok' } : { kind: 'retry', type: `http_${status}`, reason: `answered ${status}` }
