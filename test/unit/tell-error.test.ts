import { expect, it } from 'vitest'
import { tellError } from '../../src/commands/run/tell-error.ts'
import { DatabaseError } from '../../src/lib/errors.ts'
import { type Failure, RunEventBus } from '../../src/lib/events.ts'

function told(error: unknown): Failure[] {
  const events = new RunEventBus(() => {})
  const failures: Failure[] = []
  events.on('failure', (failure) => failures.push(failure))
  tellError({ events }, error)
  return failures
}

it('what ends a run is recorded whatever it is: the database, or a bug with its place', () => {
  const cause = new Error('no more')
  expect(told(new DatabaseError('it refused', { cause, details: { code: '53300' } }))).toEqual([
    {
      type: 'database',
      message: 'it refused',
      details: { code: '53300', causes: ['no more'] },
      severity: 'error',
    },
  ])
  const [bug] = told(new TypeError('x is not a function'))
  expect(bug).toMatchObject({ type: 'bug', message: 'x is not a function', severity: 'error' })
  expect(JSON.stringify(bug?.details)).toContain('tell-error.test')
  expect(told(undefined)).toEqual([])
})
