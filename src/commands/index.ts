import type { Command } from '@oclif/core'
import BackfillAll from './backfill/all.ts'
import BackfillLq from './backfill/lq.ts'
import BackfillOhlcv from './backfill/ohlcv.ts'
import BackfillOiLsr from './backfill/oi-lsr.ts'
import BackfillPrices from './backfill/prices.ts'
import BackfillRsiTv from './backfill/rsi-tv.ts'
import Completion from './completion.ts'
import DbMigrate from './db/migrate.ts'
import DbPsql from './db/psql.ts'
import DbStart from './db/start.ts'
import DbStatus from './db/status.ts'
import DbStop from './db/stop.ts'
import DbUrl from './db/url.ts'
import Doctor from './doctor.ts'
import Errors from './errors.ts'
import Licenses from './licenses.ts'
import Man from './man.ts'
import Sim from './sim.ts'
import Status from './status.ts'
import Stream from './stream.ts'

/** Every command, by its oclif id. Named here and nowhere loaded by path: a single executable has no folders. */
export const COMMANDS: Readonly<Record<string, Command.Class>> = {
  'backfill:all': BackfillAll,
  'backfill:lq': BackfillLq,
  'backfill:ohlcv': BackfillOhlcv,
  'backfill:oi-lsr': BackfillOiLsr,
  'backfill:prices': BackfillPrices,
  'backfill:rsi-tv': BackfillRsiTv,
  completion: Completion,
  'db:migrate': DbMigrate,
  'db:psql': DbPsql,
  'db:start': DbStart,
  'db:status': DbStatus,
  'db:stop': DbStop,
  'db:url': DbUrl,
  doctor: Doctor,
  errors: Errors,
  licenses: Licenses,
  man: Man,
  sim: Sim,
  status: Status,
  stream: Stream,
}
