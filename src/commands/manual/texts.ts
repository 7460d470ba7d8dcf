/** What the manual and the reference say beside the commands. */
export const DESCRIPTION = `Fills a PostgreSQL database with every minute of perpetual futures: candles, funding rates, open interest, long/short ratios, liquidations, taker volume and RSI, by history (backfill) and live (stream). Only what is missing is fetched, within the limits of the venue; a run may be interrupted, killed and started again at any time, and any number of them may work on one database.

Without any set-up it uses an embedded PostgreSQL, which the first command that needs it creates and starts; with DATABASE_URL it uses yours, after perpctl db migrate. With --sim a command runs against a simulated venue on this machine, in a database of its own.

On a terminal a run shows its progress; elsewhere it writes plain lines to stderr, for cron.`

export const ENVIRONMENT =
  'Each flag has a variable. A flag wins over the environment, the environment over a .env file in the current folder, and that over the default. A switch is on with true or 1, off with false or 0; empty means: not set.'

export const FILES: readonly (readonly [string, string])[] = [
  ['.env', 'variables, read from the current folder'],
  ['~/.local/share/perpctl', 'the home on Linux: see --home; elsewhere the data folder of the platform'],
  ['HOME/postgres', 'the embedded PostgreSQL, its data in data/ below'],
  ['HOME/spool', 'rows of a stream that wait for a database that is away'],
  [
    '/var/lib/perpctl',
    'where the data of the embedded PostgreSQL are if perpctl runs as root and its home cannot be entered by another user; the home links to them',
  ],
]
