import type { PartName } from '../../lib/config/choices.ts'
import { describeInstant } from '../../lib/config/instants.ts'
import type { BackfillSettings } from '../../lib/config/settings.ts'
import { backfillSettings } from '../../lib/config/settings.ts'
import { EXIT, UsageError } from '../../lib/errors.ts'
import { ownCommand } from '../../lib/text/own-command.ts'
import { BaseCommand } from '../base.ts'
import { backfillFlags, SYMBOLS_HINT } from '../flags.ts'
import { tell } from '../output.ts'
import type { RunContext } from '../run/open-run.ts'
import type { PartOutcome } from './run-parts.ts'

/** What all backfills share; a subclass names its parts. */
export abstract class BackfillCommand extends BaseCommand {
  static override flags = backfillFlags
  static override usage = '--symbols A,B|all [FLAGS]'

  protected abstract readonly parts: readonly PartName[]

  protected override async perform(): Promise<number> {
    const settings = await this.settings(backfillSettings)
    const names = settings.symbols
    if (!names) throw new UsageError('no symbols given', { hint: SYMBOLS_HINT })
    if (settings.simData !== undefined && !settings.sim) {
      throw new UsageError('--sim-data goes with --sim', { hint: 'add --sim, or leave --sim-data out' })
    }
    if (settings.refetchChanged && settings.source === 'rest')
      throw new UsageError('--refetch changed is about files of the archive', {
        hint: 'add --source auto or archive',
      })
    if (this.#chosen(settings).length === 0) throw new UsageError('--skip leaves nothing to do')
    await assertRange(settings)
    const { PARTS } = await import('./parts.ts')
    // Beside others a part that cannot run is only one that fails.
    if (this.parts.length === 1) for (const name of this.parts) PARTS[name].check?.(settings)
    const end = await this.#execute(settings, names)
    // Only now is the display gone: what is written while it draws would be drawn over.
    if (end.report) this.print(end.report)
    for (const line of end.remarks) tell(line)
    return end.code
  }

  async #execute(settings: BackfillSettings, names: readonly string[]): Promise<End> {
    // Loaded here, so that --help and --version need not wait for drivers and displays.
    const { openRun } = await import('../run/open-run.ts')
    await using run = await openRun({
      script: (this.id ?? 'backfill').replaceAll(':', ' '),
      version: this.config.version,
      settings,
      signal: this.signal,
      isColored: this.isColored(process.stderr, settings.color),
      isDryRun: settings.dryRun,
      takesOver: settings.takeover && !settings.dryRun,
    })
    // Awaited here: what the run holds is closed when this function ends.
    return await (settings.dryRun ? this.#plan(run, settings, names) : this.#run(run, settings, names))
  }

  async #plan(run: RunContext, settings: BackfillSettings, names: readonly string[]): Promise<End> {
    const { describePlan } = await import('./dry-run.ts')
    const { prepareBackfill } = await import('./prepare.ts')
    const { PARTS } = await import('./parts.ts')
    const prepared = await prepareBackfill(run, settings, names)
    const context = { run, settings, prepared, signal: this.signal }
    const jobs = []
    for (const name of this.#chosen(settings)) jobs.push(...(await PARTS[name].plan(context)))
    return {
      code: prepared.refused.length > 0 ? EXIT.partial : EXIT.done,
      report: describePlan(jobs, {
        lanes: run.session.laneCount,
        symbols: prepared.symbols.length,
        waitForAll: (costs) => run.session.waitForAll(costs),
      }),
      remarks: [...prepared.taken, ...prepared.refused.map(({ symbol, reason }) => `${symbol}: ${reason}`)],
    }
  }

  async #run(run: RunContext, settings: BackfillSettings, names: readonly string[]): Promise<End> {
    const { runBackfill } = await import('./run-backfill.ts')
    const { summary, tier, parts } = await runBackfill(run, settings, names, this.#chosen(settings))
    const finished = summary.failed.length > 0 ? EXIT.partial : EXIT.done
    const code = tier === 'Stopped' ? (this.interruptionCode ?? EXIT.bug) : finished
    if (!settings.json)
      return { code, remarks: settings.sim ? [`look at it with ${ownCommand('status --sim')}`] : [] }
    const told = parts.length > 1 ? { parts: parts.map(describePart) } : {}
    const json = { executionId: run.executionId, status: tier, ...summary, ...told }
    return { code, report: { json, text: '' }, remarks: [] }
  }

  #chosen({ skip }: BackfillSettings): readonly PartName[] {
    return this.parts.filter((name) => !skip.includes(name))
  }
}

/** Before anything is opened: a line that cannot be meant leaves no run behind. */
async function assertRange({ since, until }: BackfillSettings): Promise<void> {
  const { isReversed } = await import('../../lib/plan/wanted.ts')
  if (!isReversed({ since, until }, Date.now())) return
  const end = until === undefined ? 'lies in the future' : `is not before --until (${describeInstant(until)})`
  throw new UsageError(`--since (${describeInstant(since)}) ${end}`, {
    hint: 'give a --since before --until',
  })
}

/** How a command ended and what is still to be told. */
interface End {
  readonly code: number
  readonly report?: { readonly json: unknown; readonly text: string }
  /** For stderr, a line each. */
  readonly remarks: readonly string[]
}

function describePart({ name, result, error }: PartOutcome): Readonly<Record<string, unknown>> {
  const failed = result?.lacks.length ?? 0
  if (error instanceof Error) return { name, status: 'failed', reason: error.message }
  return { name, status: failed > 0 ? 'partial' : 'done', failed }
}
