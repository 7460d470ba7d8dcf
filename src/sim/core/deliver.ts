import type { ServerResponse } from 'node:http'
import { type Answer, bytesOf } from './answer.ts'
import type { Delivery } from './fault-effects.ts'

const PIECES = 20

const headersOf = (answer: Answer, length: number) => ({
  'content-type': 'application/json',
  ...answer.headers,
  'content-length': length,
})

/** Sends an answer in its manner. Nothing of it outlives the connection. */
export function deliver(response: ServerResponse, { answer, manner, pauseMs }: Delivery): void {
  if (manner === 'hang') return
  if (manner === 'reset-early') {
    response.socket?.resetAndDestroy()
    return
  }
  if (manner === 'whole') {
    sendWhole(response, answer)
    return
  }
  const body = bytesOf(answer.body)
  response.writeHead(answer.status, headersOf(answer, body.byteLength))
  if (manner === 'reset') {
    response.write(body.subarray(0, Math.floor(body.byteLength / 2)), () =>
      response.socket?.resetAndDestroy(),
    )
    return
  }
  if (manner === 'cut') {
    // Ended in good order, only too early.
    response.write(body.subarray(0, Math.floor(body.byteLength / 2)), () => response.socket?.end())
    return
  }
  drip(response, body, pauseMs)
}

function sendWhole(response: ServerResponse, answer: Answer): void {
  const { body } = answer
  const parts = typeof body === 'string' || Buffer.isBuffer(body) ? [Buffer.from(body)] : body
  response.writeHead(
    answer.status,
    headersOf(
      answer,
      parts.reduce((sum, part) => sum + part.byteLength, 0),
    ),
  )
  for (const part of parts) response.write(part)
  response.end()
}

function drip(response: ServerResponse, body: Buffer, pauseMs: number): void {
  const step = Math.max(1, Math.ceil(body.byteLength / PIECES))
  let at = 0
  const timer = setInterval(() => {
    response.write(body.subarray(at, at + step))
    at += step
    if (at < body.byteLength) return
    clearInterval(timer)
    response.end()
  }, pauseMs)
  response.on('close', () => clearInterval(timer))
}
