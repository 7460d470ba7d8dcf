/**
 * What a session of ours runs with, whatever the server, the database or the role is set to: how values are written as
 * text, how transactions see each other, where tables are looked for, and what ends a session or a statement that
 * waits. Not in it: `default_transaction_read_only`, which somebody wants who sets it.
 */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  standard_conforming_strings: 'on',
  bytea_output: 'hex',
  extra_float_digits: '1',
  array_nulls: 'on',
  transform_null_equals: 'off',
  default_transaction_isolation: 'read committed',
  search_path: '"$user", public',
  statement_timeout: '0',
  lock_timeout: '0',
  // Claims are held by sessions that say nothing for hours.
  idle_session_timeout: '0',
  // A process that is stopped in the middle of a transaction must not hold its rows for ever.
  idle_in_transaction_session_timeout: '60000',
}

/** Those that poolers know, too, and keep apart for each of their clients. */
const KNOWN_TO_POOLERS = ['DateStyle', 'TimeZone', 'standard_conforming_strings']

/** As parameters of their own in the start-up packet: taken by servers and poolers alike. */
export const STARTUP_SETTINGS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(SESSION_SETTINGS).filter(([name]) => KNOWN_TO_POOLERS.includes(name)),
)

/** What only a server takes in the start-up packet. */
const SERVER_SETTINGS = Object.entries(SESSION_SETTINGS).filter(([name]) => !KNOWN_TO_POOLERS.includes(name))

const escapeSpaces = (value: string): string => value.replaceAll(/[\\\s]/g, '\\$&')

/** What a url may choose for itself in its `options`: nothing that rows are read or written by. */
const OPEN_TO_URL = /^(?:search_path|.*_timeout)$/

/** The `options` of the start-up packet: those of the url, and ours after them. */
export function toServerOptions(given = ''): string {
  const isChosen = (name: string): boolean =>
    OPEN_TO_URL.test(name) && new RegExp(`(?:-c\\s*|--)${name.replaceAll('_', '[_-]')}\\s*=`, 'i').test(given)
  const own = SERVER_SETTINGS.filter(([name]) => !isChosen(name))
  return [given, ...own.map(([name, value]) => `-c ${name}=${escapeSpaces(value)}`)].join(' ').trim()
}

/** Of sessions that live long. A server that never hears that we are gone would hold our locks for hours. */
const LASTING = { tcp_keepalives_idle: '30', tcp_keepalives_interval: '10', tcp_keepalives_count: '3' }

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** For a session that is open: what `pg` does not send at the start, and all of the above where a pooler is in between. */
export function lateSettings(isPooled: boolean): string {
  const settings = Object.entries({ ...(isPooled ? SESSION_SETTINGS : STARTUP_SETTINGS), ...LASTING })
  const values = settings.map(([name, value]) => `(${quote(name)}, ${quote(value)})`).join(', ')
  // Not known to servers before 17.
  return `select set_config(name, value, false) from (values ${values}) as given (name, value)
    union all select set_config('transaction_timeout', '0', false)
    where current_setting('server_version_num')::int >= 170000`
}
