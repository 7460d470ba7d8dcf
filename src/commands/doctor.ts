import { type DoctorSettings, doctorSettings } from '../lib/config/settings.ts'
import { type Finding, findingsOf } from '../lib/diagnosis/finding.ts'
import { formatFindings } from '../lib/diagnosis/findings-text.ts'
import { judgeFindings } from '../lib/diagnosis/verdict.ts'
import { ConfigurationError } from '../lib/errors.ts'
import { createPaint } from '../lib/text/paint.ts'
import { createRedactor, type Redactor } from '../lib/text/secrets.ts'
import { BaseCommand } from './base.ts'
import { doctorFlags } from './flags.ts'
import { paragraphs } from './help-text.ts'
import { pasteable, tell } from './output.ts'
import { listVariables } from './variables.ts'

/** Whatever still does not answer by then (a name service, a silent socket) does not hold up the end. */
const LAST_CALL = 1_000

interface Examination {
  readonly findings: readonly Finding[]
  readonly redactor: Redactor
}

export default class Doctor extends BaseCommand {
  static override summary = 'Check everything that a run depends on, and say what to do about it'
  static override description = paragraphs(`
Checks the configuration (variables, folders, disk space), the database (reachable, migrated, rights, clock, size), the
local clock, each lane to the venue (the own address and every proxy), the venue's live feed over each lane, and the key
for Coinalyze. It leaves nothing behind, and pays for its few requests from the budget that all runs share. An embedded
server that was made before is started; one that was not is not made.

Run it as the user and in the folder of the cron job that fails: both decide what is found. It ends within about 20
seconds, whatever is down.

Exit codes: 0 nothing failed (there may be warnings), 2 usage, 3 some lanes or feeds do not work, 4 configuration or key,
5 database, 75 the venue is reached over no lane or its feed over none, 130/143 interrupted. Of several it is the one to
mend first: 4, 5, 75, 3.`)
  static override examples = [
    { description: 'Is everything well?', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Try two proxies before a run uses them',
      command:
        '<%= config.bin %> <%= command.id %> --proxies http://user:pass@host1:3128,socks5://host2:1080 --no-direct',
    },
    { description: 'For a script', command: '<%= config.bin %> <%= command.id %> --json' },
    { description: 'Without a network', command: '<%= config.bin %> <%= command.id %> --sim' },
  ]
  static override flags = doctorFlags

  protected override async perform(): Promise<number> {
    const settings = await this.#readSettings()
    const examination =
      settings instanceof ConfigurationError ? unreadable(settings) : await this.#look(settings)
    const { redactor } = examination
    const findings = examination.findings.map((finding) => ({
      ...finding,
      hint: finding.hint === null ? null : pasteable(finding.hint),
    }))
    const verdict = judgeFindings(findings)
    const { exit, problems, warnings, summary } = verdict
    const checks = findings.map((finding) => redactor.value(finding))
    const isColored = this.isColored(process.stdout, settings instanceof Error || settings.color)
    const width = process.stdout.isTTY ? process.stdout.columns : undefined
    const text = formatFindings(findings, verdict, { width, paint: createPaint(isColored) })
    this.print({
      json: { version: this.config.version, exit, problems, warnings, summary, checks },
      text: redactor.text(text),
    })
    setTimeout(() => process.exit(exit), LAST_CALL).unref()
    return exit
  }

  /** Variables that cannot be read are what it found, and all that it can find. */
  async #readSettings(): Promise<DoctorSettings | ConfigurationError> {
    try {
      return await this.settings(doctorSettings)
    } catch (error) {
      if (error instanceof ConfigurationError) return error
      throw error
    }
  }

  async #look(settings: DoctorSettings): Promise<Examination> {
    const leave = (): void => void setTimeout(() => process.exit(this.interruptionCode), LAST_CALL).unref()
    this.signal.addEventListener('abort', leave, { once: true })
    const { examine } = await import('./doctor/examine.ts')
    const { createSettingsRedactor } = await import('./redactor.ts')
    const findings = await examine({
      settings,
      folder: process.cwd(),
      environment: process.env,
      variables: listVariables(this.config.commands),
      signal: this.signal,
      note: tell,
    })
    return { findings, redactor: createSettingsRedactor(settings, settings.databaseUrl) }
  }
}

const unreadable = (error: ConfigurationError): Examination => ({
  findings: [findingsOf('configuration').error('settings', error)],
  redactor: createRedactor(),
})
