import type { BackfillSettings } from '../../lib/config/settings.ts'
import { backfillSettings } from '../../lib/config/settings.ts'
import { EXIT, UsageError } from '../../lib/errors.ts'
import type { Dataset } from '../../lib/model/market.ts'
import { BaseCommand } from '../base.ts'
import { backfillFlags } from '../flags.ts'
import type { RunContext } from './open-run.ts'

const SYMBOLS_HINT =
  'give --symbols BTCUSDT,ETHUSDT or --symbols all (tradable USDT perpetuals), or set PERPCTL_SYMBOLS'

/** What the backfills of all datasets share; a subclass names its datasets. */
export abstract class BackfillCommand extends BaseCommand {
  static override flags = backfillFlags

  protected abstract readonly datasets: readonly Dataset[]

  protected override async perform(): Promise<number> {
    const settings = await this.settings(backfillSettings)
    const names = settings.symbols
    if (!names) throw new UsageError('no symbols given', { hint: SYMBOLS_HINT })
    if (settings.simData !== undefined && !settings.sim) {
      throw new UsageError('--sim-data goes with --sim', { hint: 'add --sim, or leave --sim-data out' })
    }
    // Loaded here, so that --help and --version need not wait for drivers and displays.
    const { openRun } = await import('./open-run.ts')
    await using run = await openRun({
      script: (this.id ?? 'backfill').replaceAll(':', ' '),
      version: this.config.version,
      settings,
      signal: this.signal,
      isColored: this.isColored(process.stderr, settings.color),
    })
    // Awaited here: what the run holds is closed when this function ends.
    return await (settings.dryRun ? this.#plan(run, settings, names) : this.#run(run, settings, names))
  }

  async #plan(run: RunContext, settings: BackfillSettings, names: readonly string[]): Promise<number> {
    const { describePlan } = await import('./dry-run.ts')
    const { prepareBackfill } = await import('./run-backfill.ts')
    const { backfill, refused } = await prepareBackfill(run, settings, names, this.datasets)
    this.print(describePlan(await backfill.plan(), run.venue.budgets, run.session.laneCount))
    for (const { symbol, reason } of refused) process.stderr.write(`perpctl: ${symbol}: ${reason}\n`)
    return refused.length > 0 ? EXIT.partial : EXIT.done
  }

  async #run(run: RunContext, settings: BackfillSettings, names: readonly string[]): Promise<number> {
    const { runBackfill } = await import('./run-backfill.ts')
    const { summary, tier } = await runBackfill(run, settings, names, this.datasets)
    if (settings.json)
      this.print({ json: { executionId: run.executionId, status: tier, ...summary }, text: '' })
    else if (settings.sim) process.stderr.write('perpctl: look at it with: perpctl status --sim\n')
    if (tier === 'Stopped') return this.interruptionCode ?? EXIT.bug
    return summary.failed.length > 0 ? EXIT.partial : EXIT.done
  }
}
