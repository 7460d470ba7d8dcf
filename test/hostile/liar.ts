import { createServer } from 'node:http'

type Row = Record<string | number, unknown>

/** A question as the venue hears it. */
export interface Question {
  /** The last part of the path: `klines`, `fundingRate`, `openInterestHist` … */
  readonly endpoint: string
  readonly query: URLSearchParams
  /** Questions to this endpoint before this one, since the lie began. */
  readonly turn: number
}

/** What becomes of the rows of a good answer. */
export type Lie = (rows: readonly Row[], question: Question) => unknown

export interface Liar extends AsyncDisposable {
  readonly url: string
  /** Lies at these endpoints from now on; undefined: tells the truth. */
  tell(lie: Lie | undefined, endpoints?: readonly string[]): void
}

/** A server in front of a simulated venue that changes its answers on the way; everything else passes as it is. */
export async function startLiar(restUrl: string): Promise<Liar> {
  let [lie, at, turns]: [Lie | undefined, readonly string[], Map<string, number>] = [undefined, [], new Map()]
  const server = createServer((request, response) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', restUrl)
    const endpoint = pathname.slice(pathname.lastIndexOf('/') + 1)
    const answer = async (): Promise<void> => {
      const real = await fetch(`${restUrl}${request.url}`)
      const body = await real.text()
      const isLied = lie !== undefined && real.status === 200 && at.includes(endpoint)
      const turn = turns.get(endpoint) ?? 0
      if (isLied) turns.set(endpoint, turn + 1)
      const told = isLied ? lie?.(JSON.parse(body), { endpoint, query, turn }) : undefined
      const headers = [...real.headers].filter(([name]) => name.startsWith('x-') || name === 'retry-after')
      response.writeHead(real.status, { 'content-type': 'application/json', ...Object.fromEntries(headers) })
      response.end(isLied ? (typeof told === 'string' ? told : JSON.stringify(told)) : body)
    }
    answer().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    tell(next, endpoints = []) {
      lie = next
      at = endpoints
      turns = new Map()
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
