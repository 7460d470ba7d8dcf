import { dirname } from 'node:path'
import type { Command, Interfaces } from '@oclif/core'
import { COMMANDS } from './index.ts'

/** What `package.json` tells of the program. */
export type Program = Interfaces.PJSON

/**
 * All commands as the one plugin that oclif is given, so that it looks for nothing in folders: a checkout and a single
 * executable find their commands in the same way.
 */
export function createPlugin(program: Program): Interfaces.Plugin {
  const { name, version } = program
  // Only told to the user (`--verbose` version details); nothing is read from there.
  const root = dirname(process.execPath)
  const plugin: Interfaces.Plugin = {
    _base: name,
    alias: name,
    name,
    version,
    root,
    pjson: program,
    type: 'core',
    moduleType: 'module',
    isRoot: true,
    valid: true,
    hasManifest: false,
    hooks: {},
    commandsDir: undefined,
    options: { root },
    topics: Object.entries(program.oclif.topics ?? {}).map(([topic, told]) => ({ ...told, name: topic })),
    commandIDs: Object.keys(COMMANDS),
    commands: Object.entries(COMMANDS).map(([id, command]) => toLoadable(id, command, name)),
    findCommand,
    load: async () => {},
  }
  return plugin

  async function findCommand(id: string): Promise<Command.Class> {
    const command = COMMANDS[id]
    if (!command) throw new Error(`there is no command ${id}`)
    command.id = id
    command.plugin = plugin
    return command
  }

  function toLoadable(id: string, command: Command.Class, pluginName: string): Command.Loadable {
    const { args, description, examples, hidden, strict, summary, usage } = command
    const flags = Object.entries({ ...command.baseFlags, ...command.flags })
    return {
      id,
      ...(summary === undefined ? {} : { summary }),
      ...(description === undefined ? {} : { description }),
      ...(usage === undefined ? {} : { usage }),
      examples,
      strict,
      hidden,
      args: Object.fromEntries(Object.entries(args).map(([key, arg]) => [key, { ...arg, name: key }])),
      flags: Object.fromEntries(flags.map(([key, flag]) => [key, { ...flag, name: key }])),
      aliases: [],
      hiddenAliases: [],
      pluginName,
      pluginType: 'core',
      load: () => findCommand(id),
    }
  }
}
