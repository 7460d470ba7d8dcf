import { join } from 'node:path'
import { type StreamSettings, streamSettings } from '../lib/config/settings.ts'
import { EXIT, UsageError } from '../lib/errors.ts'
import type { RunSummary } from '../lib/events.ts'
import { takeServiceManager } from '../lib/service/service-manager.ts'
import { BaseCommand } from './base.ts'
import { SYMBOLS_HINT, streamFlags } from './flags.ts'
import { paragraphs } from './help-text.ts'

/** From the signal to the end of the process, at most. */
const LAST_CALL = 4_800

export default class Stream extends BaseCommand {
  static override summary = 'Keep candles, liquidations, taker volume, funding and RSI full while they happen'
  static override description =
    paragraphs(`Runs until it is interrupted. What the live feed does not bring (a lost connection, a missing minute, the time before it
was started) is fetched, exactly that. While the database is away rows wait on the disk. Each lost connection is
recorded with its span (perpctl errors --type disconnect); a minute of which the venue later says something else is
corrected.

The feed shows at most the largest liquidation of a symbol and second: the sums in liquidations are lower bounds, and
observed_seconds tells how much of the minute was seen.

Exit codes: 0 ended by --for, 2 usage, 3 some symbols could not be streamed, 4 configuration or another stream has the
symbols, 5 database not reachable at the start, 75 venue unavailable at the start, 130/143 interrupted.`)
  static override examples = [
    {
      description: 'Two symbols',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT,ETHUSDT',
    },
    {
      description: 'Everything that trades, with open interest once a minute',
      command: '<%= config.bin %> <%= command.id %> --symbols all --oi-poll',
    },
    {
      description: 'The first half of them; another machine has --share 2/2',
      command: '<%= config.bin %> <%= command.id %> --symbols all --share 1/2',
    },
    {
      description: 'On another machine: go on where that one dies',
      command: '<%= config.bin %> <%= command.id %> --symbols all --share 1/2 --standby',
    },
    {
      description: 'Try it without a network',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT --sim --heartbeat 10s',
    },
  ]
  static override flags = streamFlags
  static override usage = '--symbols A,B|all [FLAGS]'

  protected override async perform(): Promise<number> {
    const settings = await this.settings(streamSettings)
    const names = settings.symbols
    if (!names) throw new UsageError('no symbols given', { hint: SYMBOLS_HINT })
    for (const name of ['simData', 'simRate'] as const) {
      const flag = name === 'simData' ? '--sim-data' : '--sim-rate'
      if (settings[name] !== undefined && !settings.sim)
        throw new UsageError(`${flag} goes with --sim`, { hint: `add --sim, or leave ${flag} out` })
    }
    if (settings.standby && settings.takeover)
      throw new UsageError('--standby waits for another stream, --takeover ends it', {
        hint: 'leave one of them out',
      })
    const { summary, executionId } = await this.#stream(settings, names)
    if (settings.json) this.print({ json: { executionId, status: 'Stopped', ...summary }, text: '' })
    const finished = summary.failed.length > 0 ? EXIT.partial : EXIT.done
    return this.interruptionCode ?? finished
  }

  async #stream(
    settings: StreamSettings,
    names: readonly string[],
  ): Promise<{ readonly summary: RunSummary; readonly executionId: string }> {
    // Whatever does not answer then: all that came is in the database or on the disk.
    const leave = (): void => void setTimeout(() => process.exit(this.interruptionCode), LAST_CALL).unref()
    this.signal.addEventListener('abort', leave, { once: true })
    // Before any child is started that would inherit it.
    const serviceManager = takeServiceManager(process.env)
    const { openRun } = await import('./run/open-run.ts')
    const { runStream } = await import('./stream/run-stream.ts')
    await using run = await openRun({
      script: 'stream',
      version: this.config.version,
      settings,
      signal: this.signal,
      isColored: this.isColored(process.stderr, settings.color),
      heartbeatMs: settings.heartbeat,
      simRate: settings.simRate,
      serviceManager,
    })
    const folder = join(settings.home, 'spool')
    const { summary } = await runStream(run, { settings, names, folder })
    return { summary, executionId: run.executionId }
  }
}
