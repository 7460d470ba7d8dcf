import { Command, type Interfaces } from '@oclif/core'
import kleur from 'kleur'
import type * as z from 'zod'
import { type FoundSetting, readSettings } from '../lib/config/read.ts'
import { commonSettings, ENVIRONMENT_ONLY } from '../lib/config/settings.ts'
import { isAscii, toOneLineJson } from '../lib/text/one-line.ts'
import { readVenueSettings } from '../venues/settings.ts'
import { reportError } from './error-report.ts'
import { commonFlags } from './flags.ts'
import { type Interruption, listenForSignals } from './interruption.ts'

const toCamelCase = (name: string): string =>
  name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/**
 * What all commands share: settings checked once, one way to end. A command implements `perform` and returns its exit
 * code; it prints its result with `print` and throws `PerpctlError`s for the rest.
 */
export abstract class BaseCommand extends Command {
  static override baseFlags: Interfaces.FlagInput = commonFlags
  /** All flags in one line tell nobody anything: they are listed below it. */
  static override usage: string | string[] = '[FLAGS]'

  /** Whether an error is to be an object on stdout; known before the settings are. */
  #isJson = false
  #isDebug = false
  #interruption: Interruption | undefined

  /** Does the command's work and returns its exit code. */
  protected abstract perform(): Promise<number>

  /** Aborted by the first SIGINT or SIGTERM. The second one leaves at once. */
  protected get signal(): AbortSignal {
    this.#interruption ??= listenForSignals()
    return this.#interruption.signal
  }

  /** 130 or 143 after a signal, undefined without. */
  protected get interruptionCode(): number | undefined {
    return this.#interruption?.exitCode
  }

  async run(): Promise<void> {
    // Progress that nobody can read any more (a closed pipe, a full disk) must not end the work that it tells of.
    process.stderr.on('error', () => {})
    this.#isJson = this.argv.includes('--json')
    this.#isDebug =
      process.env.PERPCTL_LOG_LEVEL === 'debug' || /--log-level[ =]debug/.test(this.argv.join(' '))
    try {
      process.exitCode = await this.perform()
    } finally {
      this.#interruption?.stop()
    }
  }

  protected override async catch(error: Error): Promise<void> {
    // Interrupted work fails with whatever it was doing: the signal is the reason, not the error.
    if (this.interruptionCode !== undefined) {
      process.exitCode = this.interruptionCode
      return
    }
    const code = reportError(error, { isJson: this.#isJson, isDebug: this.#isDebug, command: this.id ?? '' })
    process.exitCode = code
  }

  /** The settings of this command: flags before variables, `.env` before defaults; all problems in one message. */
  protected async settings<Schema extends z.ZodType>(schema: Schema): Promise<z.output<Schema>> {
    const { flags, raw } = await this.parse(this.ctor)
    const typed = new Set(raw.flatMap((token) => (token.type === 'flag' ? [token.flag] : [])))
    const found: Record<string, FoundSetting> = {}
    const definitions: Interfaces.FlagInput = { ...this.ctor.baseFlags, ...this.ctor.flags }
    for (const [name, definition] of Object.entries(definitions)) {
      const isFlag = typed.has(name)
      const variable = 'env' in definition ? definition.env : undefined
      found[toCamelCase(name)] = {
        value: flags[name],
        isFlag,
        name: isFlag || !variable ? `--${name}` : variable,
      }
    }
    for (const [key, variable] of Object.entries(ENVIRONMENT_ONLY)) {
      found[key] = { value: process.env[variable], name: variable, isFlag: false }
    }
    const venues = readVenueSettings(
      process.env,
      found.venue ?? { value: undefined, name: '--venue', isFlag: true },
    )
    found.venues = { value: venues.settings, name: 'venues', isFlag: false }
    found.venue = { value: venues.venue, name: '--venue', isFlag: true }
    found.isDatabaseUrlFlag = { value: typed.has('database-url'), isFlag: true, name: '--database-url' }
    const settings = readSettings(schema, found, venues.problems)
    const common = commonSettings.partial().safeParse(settings).data
    this.#isJson = common?.json ?? this.#isJson
    this.#isDebug = common?.logLevel === 'debug'
    kleur.enabled = this.isColored(process.stdout, common?.color ?? true)
    return settings
  }

  protected isColored(stream: { isTTY?: boolean | undefined }, isWanted: boolean): boolean {
    if (!isWanted || process.env.NO_COLOR || process.env.TERM === 'dumb') return false
    return stream.isTTY === true || (process.env.FORCE_COLOR ?? '0') !== '0'
  }

  /** One object with `--json`, the text otherwise. */
  protected print(result: { json: unknown; text: string }): void {
    const text = this.#isJson ? toOneLineJson(result.json) : result.text
    const line = text.endsWith('\n') ? text : `${text}\n`
    // The same bytes, and for megabytes of them a tenth of the time.
    process.stdout.write(line, isAscii(line) ? 'latin1' : 'utf8')
  }
}
