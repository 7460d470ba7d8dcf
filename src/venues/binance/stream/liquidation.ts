import { PayloadError } from '../../../lib/errors.ts'
import type { FeedMessage } from '../../../lib/venue/feed.ts'
import { readObject, readTime } from '../../../lib/venue/read-payload.ts'
import { isCoinMargined, readDecimal, readPastTime, readText } from './read-event.ts'

/**
 * Of all that are closed by force in a second, the largest of each symbol (changelog of 2026-04-10). `S` is the side of
 * the order: who is sold out was long. `st` stands beside `o` in the documentation and inside it on the wire.
 */
export function readLiquidation(event: Readonly<Record<string, unknown>>): FeedMessage {
  const eventTime = readTime(event.E, 'forceOrder.E')
  const order = readObject(event.o, 'forceOrder.o')
  const symbol = readText(order.s, 'forceOrder.o.s')
  if (isCoinMargined(symbol, event.st ?? order.st)) return { kind: 'other', eventTime }
  if (order.S !== 'SELL' && order.S !== 'BUY') {
    throw new PayloadError('forceOrder.o.S', 'expected SELL or BUY', order)
  }
  return {
    kind: 'liquidation',
    symbol,
    eventTime,
    order: {
      ts: readPastTime(order.T, eventTime, 'forceOrder.o.T'),
      positionSide: order.S === 'SELL' ? 'long' : 'short',
      price: readDecimal(order.p, 'forceOrder.o.p', true),
      quantity: readDecimal(order.q, 'forceOrder.o.q', true),
      averagePrice: readOptional(order.ap, 'forceOrder.o.ap'),
      filled: readOptional(order.z, 'forceOrder.o.z'),
    },
  }
}

const readOptional = (value: unknown, path: string): string | null =>
  value === undefined || value === null || value === '' ? null : readDecimal(value, path, false)
