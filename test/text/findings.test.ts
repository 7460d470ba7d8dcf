import { describe, expect, it } from 'vitest'
import { type Finding, findingsOf, type Group, type Status } from '../../src/lib/diagnosis/finding.ts'
import { formatFindings } from '../../src/lib/diagnosis/findings-text.ts'
import { judgeFindings } from '../../src/lib/diagnosis/verdict.ts'
import { formatBytes } from '../../src/lib/text/bytes.ts'
import { createPaint } from '../../src/lib/text/paint.ts'
import { displayWidth, wrapToWidth } from '../../src/lib/text/width.ts'

const find = (group: Group, status: Status, name: string = group): Finding =>
  findingsOf(group)[status](name, `about ${name}`)

const exitOf = (...found: readonly [Group, Status][]): number =>
  judgeFindings(found.map(([group, status], at) => find(group, status, `${group}-${at}`))).exit

describe('the exit code of a diagnosis', () => {
  it.each<[number, [Group, Status][]]>([
    [0, []],
    [
      0,
      [
        ['configuration', 'warning'],
        ['database', 'note'],
        ['key', 'skipped'],
        ['lanes', 'ok'],
      ],
    ],
    [4, [['configuration', 'failed']]],
    [
      4,
      [
        ['database', 'failed'],
        ['key', 'failed'],
        ['lanes', 'failed'],
      ],
    ],
    [
      5,
      [
        ['lanes', 'failed'],
        ['database', 'failed'],
      ],
    ],
    [
      75,
      [
        ['lanes', 'failed'],
        ['lanes', 'failed'],
        ['feed', 'ok'],
      ],
    ],
    [
      75,
      [
        ['lanes', 'ok'],
        ['feed', 'failed'],
      ],
    ],
    [
      75,
      [
        ['lanes', 'failed'],
        ['lanes', 'ok'],
        ['feed', 'failed'],
      ],
    ],
    [
      3,
      [
        ['lanes', 'failed'],
        ['lanes', 'ok'],
      ],
    ],
    [
      3,
      [
        ['lanes', 'failed'],
        ['lanes', 'warning'],
        ['feed', 'ok'],
      ],
    ],
    [
      3,
      [
        ['lanes', 'ok'],
        ['feed', 'ok'],
        ['feed', 'failed'],
      ],
    ],
  ])('is %i of %j', (exit, found) => {
    expect(exitOf(...found)).toBe(exit)
  })

  it('comes with a sum that names what to mend first, and not more than five', () => {
    const lanes = Array.from({ length: 6 }, (_, at) => find('lanes', 'failed', `proxy-${at + 1}`))
    const found = [...lanes, find('lanes', 'ok', 'direct'), find('database', 'failed', 'tables')]
    expect(judgeFindings([...found, find('clock', 'warning', 'local clock')])).toEqual({
      exit: 5,
      problems: 7,
      warnings: 1,
      summary:
        '7 problems: tables (database), proxy-1 (lanes), proxy-2 (lanes), proxy-3 (lanes), proxy-4 (lanes), 2 more; 1 warning: local clock (clock)',
    })
    expect(judgeFindings([find('database', 'failed', 'tables')]).summary).toBe('1 problem: tables (database)')
  })
})

describe('findings as text', () => {
  const database = findingsOf('database')
  const found = [
    findingsOf('configuration').ok('home', '/data is writable, 48.1 GB free'),
    database.failed('connection', 'database 127.0.0.1:1/x is not reachable: nothing answers there', {
      hint: 'start the server, or check the host and port of DATABASE_URL',
    }),
    database.skipped('tables', 'the database cannot be used'),
    database.skipped('rights', 'the database cannot be used'),
    findingsOf('key').skipped('COINALYZE_KEY', 'there is no lane'),
  ]
  const format = (width?: number, isColored = false): string[] =>
    formatFindings(found, judgeFindings(found), { width, paint: createPaint(isColored) }).split('\n')

  it('are one line each in a pipe, the hint on its own', () => {
    expect(format()).toEqual([
      'configuration',
      '  ok       home           /data is writable, 48.1 GB free',
      '',
      'database',
      '  FAILED   connection     database 127.0.0.1:1/x is not reachable: nothing answers there',
      '                          → start the server, or check the host and port of DATABASE_URL',
      '  skipped  others         the database cannot be used: tables, rights',
      '',
      'key',
      '  skipped  COINALYZE_KEY  there is no lane',
      '',
      '1 problem: connection (database)',
    ])
  })

  it('go below their names on a narrow screen, and nothing is lost', () => {
    expect(format(60).slice(4, 10)).toEqual([
      'database',
      '  FAILED   connection',
      '    database 127.0.0.1:1/x is not reachable: nothing answers',
      '    there',
      '    → start the server, or check the host and port of',
      '      DATABASE_URL',
    ])
    const words = (lines: readonly string[]): string[] => lines.join(' ').split(/ +/)
    expect(words(format(60))).toEqual(words(format()))
  })

  it.each([40, 60, 75, 80, 100, 140])('fit a screen of %i columns, with colours too', (width) => {
    for (const isColored of [false, true])
      for (const line of format(width, isColored)) expect(displayWidth(line)).toBeLessThanOrEqual(width)
  })
})

describe('text', () => {
  it('is wrapped without loss: long words go on in the next line', () => {
    expect(wrapToWidth('in /a/very/long/path here', 8)).toEqual(['in', '/a/very/', 'long/pat', 'h here'])
  })

  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1_000, '1.0 kB'],
    [48_123_456_789, '48.1 GB'],
    [312_000_000, '312 MB'],
    [2e16, '20000 TB'],
  ])('tells %i bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })
})
