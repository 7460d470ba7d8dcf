import type { Interfaces } from '@oclif/core'
import { buildModel, type CliModel } from './cli-model.ts'

/** The model of this program. */
export const readModel = ({ bin, version, pjson, topics, commands }: Interfaces.Config): CliModel =>
  buildModel({ bin, version, summary: pjson.description ?? '', topics, commands })
