import packageJson from '../../package.json' with { type: 'json' }
import { buildModel, type CliModel } from '../../src/commands/cli-model.ts'
import { COMMANDS } from '../../src/commands/index.ts'

const { version, description, oclif } = packageJson

/** The model that `perpctl completion` and `perpctl man` make. */
export const MODEL: CliModel = buildModel({
  bin: oclif.bin,
  version,
  summary: description,
  topics: Object.entries(oclif.topics).map(([name, topic]) => ({ name, ...topic })),
  commands: COMMANDS,
})

export const HOSTILE = 'it\'s "$(touch ran)" `touch ran` $HOME [x]: \\ *'

/** The same with text that a shell or roff must take for nothing but text. */
export const HOSTILE_MODEL: CliModel = {
  ...MODEL,
  topics: MODEL.topics.map((topic) => ({ ...topic, summary: HOSTILE })),
  commands: MODEL.commands.map((command) => ({
    ...command,
    summary: HOSTILE,
    description: HOSTILE,
    flags: command.flags.map((flag) => ({ ...flag, description: HOSTILE })),
  })),
}
