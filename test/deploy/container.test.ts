import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { findFault, readDeployed, VARIABLES } from '../helpers/deploy-files.ts'
import { createShellHome } from '../helpers/shell-home.ts'

const CONTAINERFILE = readDeployed('container/Containerfile')
const COMPOSE = readDeployed('container/compose.yaml')

const wordsOf = (list: string): string[] =>
  list.split(',').map((word) => word.trim().replace(/^"(.*)"$/, '$1'))
const valuesOf = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '')

describe('deploy/container/Containerfile', () => {
  it('runs commands that there are, as a user of its own, and stops as perpctl wants to be stopped', () => {
    const [command = ''] = valuesOf(CONTAINERFILE, /^CMD \[(.*)\]$/gm)
    expect(findFault(wordsOf(command))).toBeUndefined()
    expect(valuesOf(CONTAINERFILE, /^ENTRYPOINT (.*)$/gm)).toEqual(['["/usr/local/bin/perpctl"]'])
    expect(valuesOf(CONTAINERFILE, /^COPY (.*)$/gm)).toEqual(['--chmod=0755 perpctl /usr/local/bin/perpctl'])
    expect(valuesOf(CONTAINERFILE, /^USER (.*)$/gm)).toEqual(['perpctl'])
    expect(valuesOf(CONTAINERFILE, /^STOPSIGNAL (.*)$/gm)).toEqual(['SIGTERM'])
    const variables = valuesOf(CONTAINERFILE, /^ENV ([A-Z_]+)=/gm)
    expect(variables.filter((name) => !VARIABLES.has(name))).toEqual([])
  })
})

describe('deploy/container/compose.yaml', () => {
  it('runs commands that there are', () => {
    const commands = valuesOf(COMPOSE, /^ {4}command: \[(.*)\]$/gm).map(wordsOf)
    const inShell = valuesOf(COMPOSE, /^ +perpctl (.*?) &/gm).map((line) => line.split(' '))
    expect([...commands, ...inShell].map((words) => words.join(' '))).toEqual([
      'db migrate',
      'stream --takeover',
      'backfill all',
    ])
    expect([...commands, ...inShell].flatMap((words) => findFault(words) ?? [])).toEqual([])
  })

  it('sets variables that there are, and names no secret', () => {
    const set = valuesOf(COMPOSE, /^ +([A-Z][A-Z_]+): /gm)
    expect(set.filter((name) => !VARIABLES.has(name))).toEqual(['POSTGRES_USER', 'POSTGRES_PASSWORD'])
    expect(valuesOf(COMPOSE, /[^$]\$\{([A-Z_]+):\?/g)).toEqual(['POSTGRES_PASSWORD', 'POSTGRES_PASSWORD'])
    expect(COMPOSE.match(/:\/\/perpctl:([^@]*)@/)?.[1]).toMatch(/^\$\{POSTGRES_PASSWORD:\?/)
  })

  it('starts a run after each other, tells its exit code, and ends the one at work when it is to stop', async () => {
    using home = createShellHome()
    const script = (COMPOSE.split('- |\n')[1]?.split('\n    depends_on')[0] ?? '').replaceAll('$$', '$')
    // A run that fails, then one that takes long; it tells of itself when it can be stopped.
    home.addProgram('sleep', 'echo "sleep $*" >>told')
    home.addProgram(
      'perpctl',
      `trap 'echo stopped >>told; exit 143' TERM
       echo "$*" >>told; [ "$(grep -c backfill told)" -gt 1 ] || exit 3
       while :; do /bin/sleep 0.1; done`,
    )
    const told = () => readFileSync(join(home.folder, 'told'), 'utf8').trim().split('\n')
    const { child, done } = home.start(script, { PATH: '/usr/bin:/bin' })
    await vi.waitFor(() => expect(told()).toEqual(['backfill all', 'sleep 300', 'backfill all']), {
      timeout: 120_000,
    })
    child.kill('SIGTERM')
    expect(await done).toMatchObject({ code: 0, stderr: 'perpctl backfill all: exit code 3\n' })
    expect(told().at(-1)).toBe('stopped')
  })

  it('opens no port but on this machine', () => {
    const ports = valuesOf(COMPOSE, /^ +ports: \[(.*)\]$/gm).flatMap(wordsOf)
    expect(ports.map((port) => port.startsWith('127.0.0.1:'))).toEqual([true])
    expect(COMPOSE.match(/ports:/g)).toHaveLength(1)
  })
})
