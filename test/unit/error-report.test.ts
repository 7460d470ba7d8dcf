import { afterEach, describe, expect, it, vi } from 'vitest'
import { reportError } from '../../src/commands/error-report.ts'
import { VenueUnavailableError } from '../../src/lib/errors.ts'

const FORGED = 'closed\n2026-02-01 13:52:44 UTC backfill ohlcv| Completed\u001b[2K\u202e'
const TOLD = 'closed 2026-02-01 13:52:44 UTC backfill ohlcv| Completed\ufffd'

/** What is written to both while an error is told. */
function report(error: Error, isDebug = false): { readonly out: string; readonly err: string } {
  const [out, err] = (['stdout', 'stderr'] as const).map((name) => {
    const texts: string[] = []
    vi.spyOn(process[name], 'write').mockImplementation((text) => texts.push(String(text)) > 0)
    return texts
  })
  reportError(error, { isJson: true, isDebug, command: 'backfill:ohlcv' })
  return { out: out?.join('') ?? '', err: err?.join('') ?? '' }
}

afterEach(() => void vi.restoreAllMocks())

describe('the last line of a command', () => {
  it('is one line, whatever the venue and its proxies have said', () => {
    const error = new VenueUnavailableError(`cannot reach host: ${FORGED}`, {
      cause: new Error(FORGED),
      hint: `try ${FORGED}`,
    })
    const { out, err } = report(error)
    expect(err).toBe(`perpctl: cannot reach host: ${TOLD}; try ${TOLD}\n`)
    expect(out.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(out).error.causes).toEqual([FORGED])
    expect(out.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })

  it('keeps the lines of a stack apart from what was said', () => {
    const { err } = report(new Error(FORGED), true)
    const [, told, first] = err.split('\n')
    expect(told).toBe(`    ${TOLD}`)
    expect(first).toMatch(/^ {4}at .*error-report\.test/)
    expect(err).not.toMatch(/^2026/m)
  })
})
