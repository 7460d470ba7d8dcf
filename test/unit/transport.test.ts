import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { Agent } from 'undici'
import { describe, expect, it } from 'vitest'
import { PayloadError } from '../../src/lib/errors.ts'
import { fetchAnswer } from '../../src/lib/http/transport.ts'

const LIMIT = 1_000_000
const HUGE = 160_000_000
const never = new AbortController().signal

/** Asks a server of its own once; `bytesRead` is what this side has taken from its sockets. */
async function ask(answer: (request: IncomingMessage, response: ServerResponse) => void, mostBytes = LIMIT) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const sockets: Socket[] = []
  const note = (message: unknown): void => {
    const { socket, connectParams } = message as { socket: Socket; connectParams: { port: string } }
    if (Number(connectParams.port) === port) sockets.push(socket)
  }
  subscribe('undici:client:connected', note)
  const dispatcher = new Agent()
  try {
    const url = `http://127.0.0.1:${port}/fapi/v1/klines`
    const outcome = await fetchAnswer(url, dispatcher, { timeoutMs: 20_000, signal: never, mostBytes }).catch(
      (error: unknown) => error,
    )
    return { outcome, bytesRead: () => sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0) }
  } finally {
    unsubscribe('undici:client:connected', note)
    await dispatcher.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

/** Writes as fast as it is taken. */
function pour(response: ServerResponse, size: number): void {
  const part = Buffer.alloc(64_000, ' ')
  let left = size
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

describe('an answer that is too large', () => {
  it.each<[string, Record<string, string>]>([
    ['in chunks', {}],
    ['with its length announced', { 'content-length': String(HUGE) }],
    ['said to be compressed', { 'content-encoding': 'gzip' }],
  ])('is cut off at the limit where it comes %s', async (_, headers) => {
    const { outcome, bytesRead } = await ask((_request, response) => {
      response.writeHead(200, headers)
      pour(response, HUGE)
    })
    expect(outcome).toBeInstanceOf(PayloadError)
    expect(String(outcome)).toContain('/fapi/v1/klines: an answer of more than 1.0 MB')
    // What was in the socket when the limit was reached, and no more.
    expect(bytesRead()).toBeGreaterThan(LIMIT / 2)
    expect(bytesRead()).toBeLessThan(LIMIT + 500_000)
  })

  it('is one with an error, too', async () => {
    const { outcome } = await ask((_request, response) => {
      response.writeHead(503)
      pour(response, HUGE)
    })
    expect(outcome).toBeInstanceOf(PayloadError)
  })
})

describe('an answer', () => {
  it('is whole up to the limit, in however many parts it comes', async () => {
    const { outcome } = await ask((_request, response) => {
      response.writeHead(200)
      pour(response, 1_024_000)
    }, 1_024_000)
    expect(outcome).toMatchObject({ status: 200, body: ' '.repeat(1_024_000) })
  })

  it('keeps characters that come in two parts, and loses the mark of a byte order', async () => {
    const bytes = Buffer.from('\ufeff["币安人生"]')
    const { outcome } = await ask((_request, response) => {
      response.write(bytes.subarray(0, 6))
      setTimeout(() => response.end(bytes.subarray(6)), 20)
    })
    expect(outcome).toMatchObject({ body: '["币安人生"]' })
  })

  it('that breaks off is none', async () => {
    const { outcome } = await ask((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('[1,', () => response.destroy())
    })
    expect(outcome).toBeInstanceOf(Error)
    expect(outcome).not.toBeInstanceOf(PayloadError)
  })

  it('that is compressed although nobody asked for it is read as it comes', async () => {
    const { outcome } = await ask((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' })
      response.end(gzipSync('[]'))
    })
    expect(outcome).toMatchObject({ status: 200 })
    expect((outcome as { body: string }).body).not.toBe('[]')
  })
})
