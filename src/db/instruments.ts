import postgres from 'postgres'
import type { Instrument } from '../lib/model/market.ts'
import type { Named } from '../lib/symbols/read-symbol.ts'
import type { OddEntry } from '../lib/venue/listing.ts'
import type { Sql } from './connect.ts'
import { storable } from './journal-values.ts'
import { keepTrying, type Patience } from './patience.ts'

interface Place {
  readonly sql: Sql
  readonly patience: Patience
  readonly venue: string
}

/** One row that the server refuses must not keep the others out: they are halved until it stands alone. */
export async function saveInstruments(
  place: Place,
  instruments: readonly Instrument[],
  seenAt: number,
): Promise<OddEntry[]> {
  if (instruments.length === 0) return []
  try {
    await keepTrying(place.patience, () => insertInstruments(place, instruments, seenAt))
    return []
  } catch (error) {
    const refusal = findRefusal(error)
    const [first] = instruments
    if (!first || refusal === undefined) throw error
    if (instruments.length === 1) return [refuse(first, refusal)]
    const half = Math.ceil(instruments.length / 2)
    const left = await saveInstruments(place, instruments.slice(0, half), seenAt)
    return [...left, ...(await saveInstruments(place, instruments.slice(half), seenAt))]
  }
}

const refuse = ({ symbol, raw }: Instrument, reason: string): OddEntry => ({
  list: 'instruments',
  name: symbol,
  reason: `the database does not take it (${reason})`,
  entry: raw,
  isLost: false,
})

/** Why the server does not take these values, and never will; undefined where it is not for them. */
function findRefusal(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const isRefusal = error instanceof postgres.PostgresError && /^(?:22|23|54)/.test(error.code)
  return isRefusal ? error.message : findRefusal(error.cause)
}

async function insertInstruments(
  { sql, venue }: Place,
  instruments: readonly Instrument[],
  seenAt: number,
): Promise<void> {
  // As sent, but for what jsonb does not take: a NUL, half of a character, a depth without end.
  const rows = instruments.map((instrument) => ({ ...instrument, raw: storable(instrument.raw) }))
  const seen = new Date(seenAt).toISOString()
  await sql`
    insert into instruments as known (venue, symbol, base_asset, quote_asset, contract_type, status, onboard_ts,
      delivery_ts, tick_size, step_size, first_seen, last_seen, raw)
    select ${venue}, i.symbol, i."baseAsset", i."quoteAsset", i."contractType", i.status,
      to_timestamp(i."onboardTs" / 1000.0), to_timestamp(i."deliveryTs" / 1000.0), i."tickSize"::numeric,
      i."stepSize"::numeric, ${seen}::timestamptz, ${seen}::timestamptz, i.raw
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as i(symbol text, "baseAsset" text, "quoteAsset" text,
      "contractType" text, status text, "onboardTs" bigint, "deliveryTs" bigint, "tickSize" text, "stepSize" text,
      raw jsonb)
    order by i.symbol
    on conflict (venue, symbol) do update set
      base_asset = excluded.base_asset, quote_asset = excluded.quote_asset,
      contract_type = excluded.contract_type, status = excluded.status, onboard_ts = excluded.onboard_ts,
      delivery_ts = excluded.delivery_ts, tick_size = excluded.tick_size, step_size = excluded.step_size,
      first_seen = least(known.first_seen, excluded.first_seen),
      last_seen = greatest(known.last_seen, excluded.last_seen), raw = excluded.raw`
}

/** What the database knows by name: instruments of any list of the venue, and whatever has rows. */
export async function storedNames(sql: Sql, venue: string | undefined): Promise<readonly Named[]> {
  return await sql<Named[]>`
    select symbol, coalesce(base_asset, '') as "baseAsset", coalesce(quote_asset, '') as "quoteAsset",
      coalesce(contract_type, '') as "contractType"
    from (select venue, symbol from instruments union select venue, symbol from coverage) as known
    left join instruments using (venue, symbol)
    where ${venue ?? null}::text is null or venue = ${venue ?? null}`
}
