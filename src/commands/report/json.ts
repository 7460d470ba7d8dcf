/** Names of fields that hold milliseconds in the reports of `db`; printed as ISO times. */
const TIMES = new Set([
  'ts',
  'start',
  'heartbeat',
  'end',
  'from',
  'to',
  'oldestTo',
  'newestTo',
  'updatedAt',
  'wantedFrom',
  'wantedTo',
  'dueTo',
  'now',
])
/** Fields that are the user's own and stay as they are. */
const OPAQUE = new Set(['details'])

/** A report as `--json` prints it: times as ISO text, in UTC. */
export function toJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      if (TIMES.has(name) && typeof field === 'number') return [name, new Date(field).toISOString()]
      return [name, OPAQUE.has(name) ? field : toJson(field)]
    }),
  )
}
