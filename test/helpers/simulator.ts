import { createHash } from 'node:crypto'
import { type IncomingHttpHeaders, request } from 'node:http'
import type { BinanceSimulator, KlineRow } from '../../src/sim/binance/index.ts'

export type Parameters = Readonly<Record<string, string | number>>

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface AskOptions {
  /** The client's own address: another one on loopback is another client to the venue. */
  readonly localAddress?: string
  readonly method?: string
  readonly body?: string
  readonly signal?: AbortSignal
}

/** One request on a connection of its own; rejects where the connection breaks. */
export function ask(url: string, parameters: Parameters = {}, options: AskOptions = {}): Promise<Reply> {
  const query = new URLSearchParams(Object.entries(parameters).map(([key, value]) => [key, String(value)]))
  const { body, ...settings } = options
  return new Promise((resolve, reject) => {
    const target = `${url}${query.size > 0 ? `?${query}` : ''}`
    const asked = request(target, { agent: false, ...settings }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(parts).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
      })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

export const askKlines = (
  simulator: BinanceSimulator,
  parameters: Parameters,
  options?: AskOptions,
): Promise<Reply> => ask(`${simulator.restUrl}/fapi/v1/klines`, { interval: '1m', ...parameters }, options)

export async function readKlines(simulator: BinanceSimulator, parameters: Parameters): Promise<KlineRow[]> {
  const reply = await askKlines(simulator, parameters)
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.text}`)
  return JSON.parse(reply.text)
}

export const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex')
