import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../../src/lib/errors.ts'
import { findFault, readDeployed, VARIABLES } from '../helpers/deploy-files.ts'

const FOLDER = new URL('../../deploy/systemd/', import.meta.url)
const BINARY = '/usr/local/bin/perpctl'
const NAMES = readdirSync(FOLDER).filter((name) => /\.(?:service|timer)$/.test(name))

/** `[Section]` and `Key=value`, a list of values for each key. */
function parseUnit(name: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const line of readDeployed(`systemd/${name}`).split('\n')) {
    if (line === '' || /^[#[]/.test(line)) continue
    const [, key = '', value = ''] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? []
    if (key === '') throw new Error(`${name}: ${line}`)
    found.set(key, [...(found.get(key) ?? []), value])
  }
  return found
}

const one = (unit: string, key: string): string => parseUnit(unit).get(key)?.[0] ?? ''
const secondsOf = (value: string): number => Number.parseInt(value, 10) * (value.endsWith('min') ? 60 : 1)
const hasAnalyzer = spawnSync('systemd-analyze', ['--version']).status === 0

describe('the units of systemd', () => {
  it('are all there', () => {
    expect(NAMES.toSorted()).toEqual([
      'perpctl-backfill.service',
      'perpctl-backfill.timer',
      'perpctl-database.service',
      'perpctl-stream.service',
    ])
  })

  it.each(NAMES.filter((name) => name.endsWith('.service')))('%s runs commands that there are', (name) => {
    const unit = parseUnit(name)
    const lines = ['ExecStartPre', 'ExecStart', 'ExecStop'].flatMap((key) => unit.get(key) ?? [])
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) {
      const [program, ...words] = line.split(' ')
      expect([line, program, findFault(words)]).toEqual([line, BINARY, undefined])
    }
    const variables = (unit.get('Environment') ?? []).map((value) => value.split('=')[0] ?? '')
    expect(variables.filter((variable) => !VARIABLES.has(variable))).toEqual([])
  })

  it('differ in what they do, not in whom they run as, where, and what is closed to them', () => {
    const closed =
      /^(?:User|Group|StateDirectory\w*|WorkingDirectory|Environment|UMask|NoNew|Cap|Protect|Private|Lock|Restrict(?!ed)|SystemCall)/
    const shared = NAMES.filter((name) => name.endsWith('.service')).map((name) =>
      [...parseUnit(name)].filter(
        ([key]) => closed.test(key) && !/^(?:EnvironmentFile|RestartPrevent.*)$/.test(key),
      ),
    )
    expect(shared[0]?.length).toBeGreaterThan(20)
    for (const own of shared) expect(own).toEqual(shared[0])
  })

  it('take exit codes for what they mean', () => {
    const stream = 'perpctl-stream.service'
    expect(one(stream, 'RestartPreventExitStatus')).toBe(`${EXIT.usage} ${EXIT.configuration}`)
    expect(one(stream, 'SuccessExitStatus')).toBe('130 143')
    expect(one('perpctl-backfill.service', 'SuccessExitStatus')).toBe(`${EXIT.venue} 130 143`)
  })

  it('let a stream speak and give it the time that it needs', () => {
    const stream = 'perpctl-stream.service'
    expect([one(stream, 'Type'), one(stream, 'NotifyAccess')]).toEqual(['notify', 'all'])
    expect(secondsOf(one(stream, 'TimeoutStopSec'))).toBeGreaterThan(5)
    expect(secondsOf(one(stream, 'WatchdogSec'))).toBeGreaterThanOrEqual(30)
    // The embedded server may take ten minutes to start, five to stop.
    expect(secondsOf(one('perpctl-database.service', 'TimeoutStartSec'))).toBeGreaterThan(600)
    expect(secondsOf(one('perpctl-database.service', 'TimeoutStopSec'))).toBeGreaterThan(300)
  })

  it.skipIf(!hasAnalyzer)('have nothing that systemd-analyze does not know', () => {
    const folder = mkdtempSync(join(tmpdir(), 'perpctl-units-'))
    try {
      // It looks whether the program is there.
      for (const name of NAMES)
        writeFileSync(
          join(folder, name),
          readDeployed(`systemd/${name}`).replaceAll(BINARY, process.execPath),
        )
      const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', ...NAMES], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` },
      })
      const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('perpctl'))
      expect([ours, status]).toEqual([[], 0])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
