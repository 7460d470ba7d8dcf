import packageJson from '../../package.json' with { type: 'json' }
import { buildModel, type CliModel } from '../../src/commands/cli-model.ts'
import { COMMANDS } from '../../src/commands/index.ts'
import { describeCommands } from '../../src/commands/plugin.ts'

const { version, description, oclif } = packageJson

/** The model that `perpctl completion` and `perpctl man` make. */
export const MODEL: CliModel = buildModel({
  bin: oclif.bin,
  version,
  summary: description,
  topics: Object.entries(oclif.topics).map(([name, topic]) => ({ name, ...topic })),
  commands: describeCommands(COMMANDS),
})
