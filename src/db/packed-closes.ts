import type { Closes } from '../lib/ports.ts'

/** PostgreSQL counts microseconds from 2000-01-01. */
const POSTGRES_EPOCH = Date.UTC(2000, 0, 1)
const WORD = 2 ** 32
const VALUE_BYTES = 8

/** Times and closes of many rows, each one after the other in the server's binary form. */
export interface PackedCloses {
  readonly ts: Buffer | null
  readonly close: Buffer | null
}

/** A row each would cost the driver ten times as much. */
export const PACKED = `string_agg(timestamptz_send(ts), '') as ts, string_agg(float8send(close::float8), '') as close`

export function unpackCloses({ ts: times, close: closes }: PackedCloses): Closes {
  const count = times === null ? 0 : times.length / VALUE_BYTES
  const ts = new Float64Array(count)
  const close = new Float64Array(count)
  for (let at = 0; times !== null && closes !== null && at < count; at += 1) {
    const offset = at * VALUE_BYTES
    const micros = times.readInt32BE(offset) * WORD + times.readUInt32BE(offset + 4)
    ts[at] = POSTGRES_EPOCH + micros / 1_000
    close[at] = closes.readDoubleBE(offset)
  }
  return { ts, close }
}
