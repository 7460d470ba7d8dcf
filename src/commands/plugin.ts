import { dirname } from 'node:path'
import type { Command, Interfaces } from '@oclif/core'

/** What `package.json` tells of the program. */
export type Program = Interfaces.PJSON

/** By oclif id: `backfill:ohlcv`. */
export type Commands = Readonly<Record<string, Command.Class>>

/**
 * All commands as the one plugin that oclif is given, so that it looks for nothing in folders: a checkout and a single
 * executable find their commands in the same way.
 */
export function createPlugin(program: Program, commands: Commands): Interfaces.Plugin {
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
    commandIDs: Object.keys(commands),
    commands: describeCommands(commands).map((command) => ({
      ...command,
      pluginName: name,
      pluginType: 'core',
      load: () => findCommand(command.id),
    })),
    findCommand,
    load: async () => {},
  }
  return plugin

  async function findCommand(id: string): Promise<Command.Class> {
    const command = commands[id]
    if (!command) throw new Error(`there is no command ${id}`)
    command.id = id
    command.plugin = plugin
    return command
  }
}

/** What oclif is told of each command, without loading it. */
export const describeCommands = (commands: Commands): Command.Cached[] =>
  Object.entries(commands).map(([id, command]) => {
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
    }
  })
