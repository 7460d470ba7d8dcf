import { MODEL } from '../../bin/docs/model.ts'
import type { CliModel } from '../../src/commands/cli-model.ts'

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
