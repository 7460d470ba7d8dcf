import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigurationError } from '../../lib/errors.ts'
import { ownCommand } from '../../lib/text/own-command.ts'
import { urlOf } from './ensure.ts'
import { exists, toHomeError } from './files.ts'
import { type Layout, layoutOf } from './layout.ts'
import { readLastPort } from './port.ts'
import { findPostmaster } from './postmaster.ts'
import { DATABASE } from './settings.ts'

export interface EmbeddedState {
  readonly running: boolean
  readonly pid: number | null
  /** Where the data are or would be. */
  readonly dataFolder: string
  readonly initialised: boolean
  readonly port: number | null
  /** The major version that the data belong to. */
  readonly version: string | null
}

async function look(layout: Layout): Promise<EmbeddedState> {
  const versionFile = join(layout.data, 'PG_VERSION')
  const initialised = await exists(versionFile)
  const postmaster = await findPostmaster(layout)
  return {
    running: postmaster?.state === 'ready',
    pid: postmaster?.pid ?? null,
    dataFolder: initialised ? await realpath(layout.data) : layout.data,
    initialised,
    port: postmaster?.port ?? ((await readLastPort(layout)) || null),
    version: initialised ? (await readFile(versionFile, 'utf8')).trim() : null,
  }
}

/** Whether there is an embedded PostgreSQL, running or not, by a single look. */
export async function hasEmbedded(home: string): Promise<boolean> {
  const layout = layoutOf(home)
  try {
    return await exists(join(layout.data, 'PG_VERSION'))
  } catch (error) {
    throw toHomeError(error, layout.home)
  }
}

/** Looks without changing or starting anything. */
export async function inspectEmbedded(home: string): Promise<EmbeddedState> {
  const layout = layoutOf(home)
  try {
    return await look(layout)
  } catch (error) {
    throw toHomeError(error, layout.home)
  }
}

export const missingEmbedded = (home: string): ConfigurationError =>
  new ConfigurationError(`there is no embedded PostgreSQL in ${layoutOf(home).home} yet`, {
    hint: `run ${ownCommand('db start')} first`,
  })

/** The url of a database on the server of this home, password included, whether the server runs or not. */
export async function embeddedUrl(home: string, database: string = DATABASE): Promise<string> {
  const layout = layoutOf(home)
  const { port } = await inspectEmbedded(home)
  if (port === null || !(await exists(layout.passwordFile))) {
    throw missingEmbedded(home)
  }
  return await urlOf(layout, port, database)
}
