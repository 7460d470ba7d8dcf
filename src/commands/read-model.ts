import type { Interfaces } from '@oclif/core'
import { buildModel, type CliModel } from './cli-model.ts'
import { COMMANDS } from './index.ts'

/** The model of this program; imported only where it is needed, as it names every command. */
export const readModel = ({ bin, version, pjson, topics }: Interfaces.Config): CliModel =>
  buildModel({ bin, version, summary: pjson.description ?? '', topics, commands: COMMANDS })
