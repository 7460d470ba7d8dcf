import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type BackfillOrder, runBackfill } from './backfill.ts'
import { atMost, type Part, tell } from './figure.ts'
import type { Ground } from './ground.ts'
import { startVenue } from './venue-process.ts'

const BYTES = 160_000_000
const GOAL_MEGABYTES = 50
const RANGE = {
  since: '2026-05-01',
  until: '2026-06-01',
  symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'],
} as const
/** The highest of all counts. */
const RUNS = 3

/**
 * What a run takes more of memory where the venue sends 160 MB, in chunks that announce nothing, for the first answer to
 * each question: the list of instruments and every page of candles.
 */
export async function measureLargeAnswers(ground: Ground): Promise<Part> {
  await using venue = await startVenue(['--no-limits', '--start', '2026-06-02'])
  await using relay = await startRelay(venue.restUrl)
  const peaks = { plain: [] as number[], large: [] as number[] }
  for (let run = 0; run < RUNS; run += 1) {
    peaks.plain.push(await measure(ground, { ...RANGE, venueUrl: venue.restUrl }))
    relay.forget()
    peaks.large.push(await measure(ground, { ...RANGE, venueUrl: relay.url }))
  }
  const [plain, large] = [Math.max(...peaks.plain), Math.max(...peaks.large)]
  return {
    figures: [
      tell('k. peak memory of a run', plain, 'MB'),
      atMost(GOAL_MEGABYTES, 'k. more with answers of 160 MB', large - plain, 'MB'),
    ],
    details: { peaks, largeAnswers: relay.count() },
  }
}

async function measure(ground: Ground, order: Omit<BackfillOrder, 'databaseUrl'>): Promise<number> {
  await ground.clear()
  const { peakMegabytes } = await runBackfill({ ...order, databaseUrl: ground.url })
  return Math.round(peakMegabytes)
}

interface Relay extends AsyncDisposable {
  readonly url: string
  /** From now on each question is a new one. */
  forget(): void
  /** Large answers that were begun. */
  count(): number
}

/** Stands before a venue and answers each question with too much the first time that it is asked. */
async function startRelay(target: string): Promise<Relay> {
  const asked = new Set<string>()
  let begun = 0
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    const isLarge = /klines|exchangeInfo/.test(path) && !asked.has(path)
    asked.add(path)
    if (isLarge) {
      begun += 1
      response.writeHead(200, { 'content-type': 'application/json' })
      pour(response)
    } else void forward(target + path, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forget: () => asked.clear(),
    count: () => begun,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** As fast as it is taken. */
function pour(response: ServerResponse): void {
  const part = Buffer.alloc(64_000, ' ')
  let left = BYTES
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= part.byteLength
      if (!response.write(part)) {
        response.once('drain', more)
        return
      }
    }
    response.end()
  }
  more()
}

async function forward(url: string, response: ServerResponse): Promise<void> {
  const answer = await fetch(url)
  const used = answer.headers.get('x-mbx-used-weight-1m')
  response.writeHead(answer.status, used === null ? {} : { 'x-mbx-used-weight-1m': used })
  response.end(Buffer.from(await answer.arrayBuffer()))
}
