import { expect } from 'vitest'
import { intersect, type Window } from '../../src/lib/model/window.ts'
import { type BackfillCase, CASE_SYMBOL } from './cases.ts'
import { storedCoverage } from './coverage-rows.ts'
import { hashOf } from './recorded.ts'
import type { World } from './world.ts'

/** What a run is about; default: what the case says. */
export interface Scope {
  readonly symbols?: readonly string[]
  readonly window?: Window
}

export const scopeArgs = ({ from, to }: Window, symbols: readonly string[] = [CASE_SYMBOL]): string[] => [
  '--symbols',
  symbols.join(','),
  '--since',
  new Date(from).toISOString(),
  '--until',
  new Date(to).toISOString(),
]

export const argsOf = ({ command, window }: BackfillCase, scope: Scope = {}): string[] => [
  ...command,
  ...scopeArgs(scope.window ?? window, scope.symbols),
  '--json',
]

/** Runs what must have run before. */
export async function prepareCase(
  world: World,
  { before, window }: BackfillCase,
  scope: Scope = {},
): Promise<void> {
  for (const command of before) {
    const { code } = await world.run([...command, ...scopeArgs(scope.window ?? window, scope.symbols)])
    expect(code).toBe(0)
  }
}

/** The tables hold exactly what the venue has in the window, to the digit, nothing else, and all of it is covered. */
export async function expectCase(world: World, backfill: BackfillCase, scope: Scope = {}): Promise<void> {
  const { symbols = [CASE_SYMBOL], window = backfill.window } = scope
  const { stored, expected, datasets, findFaults } = backfill
  const lines = symbols.map((symbol) => expected(world, symbol, window))
  for (const own of lines) expect(own.length).toBeGreaterThan(0)
  expect(hashOf(await stored(world.database.sql))).toBe(hashOf(lines.flat().toSorted()))
  for (const symbol of symbols) expect((await findFaults?.(world, symbol, window)) ?? []).toEqual([])
  const covered = symbols
    .toSorted()
    .flatMap((symbol) => datasets.map((dataset) => ({ symbol, dataset, covered: [window], absent: [] })))
  expect(await storedCoverage(world.database.sql, datasets)).toEqual(covered)
}

export const rowsIn = async ({ database: { sql } }: World, tables: readonly string[]): Promise<number> => {
  let rows = 0
  for (const table of tables) {
    const [counted] = await sql<{ count: number }[]>`select count(*)::int as count from ${sql(table)}`
    rows += counted?.count ?? 0
  }
  return rows
}

/** A question for rows, as the venue heard it. */
export interface Asked extends Window {
  readonly endpoint: string
  readonly dataset: string
  readonly symbol: string
  /** Where it came from. */
  readonly address: string
}

const endpointOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The questions since request `since` of the whole world, one for each symbol of a request; seeks for a first row are left out. */
export function askedOf({ simulator }: World, { endpoints }: BackfillCase, since = 0): Asked[] {
  return simulator
    .stats()
    .recorded.slice(since)
    .flatMap(({ path, query, address }) => {
      const endpoint = endpointOf(path)
      const dataset = endpoints[endpoint]
      if (dataset === undefined) return []
      const window =
        query.startTime === undefined
          ? { from: Number(query.from) * 1_000, to: (Number(query.to) + 1) * 1_000 }
          : { from: Number(query.startTime), to: Number(query.endTime) + 1 }
      if (dataset === 'ohlcv' && (window.to - window.from) / 60_000 > Number(query.limit)) return []
      const symbols = query.symbol ?? query.symbols ?? ''
      return symbols.split(',').map((name) => ({
        ...window,
        endpoint,
        dataset,
        symbol: name.replace(/_PERP.*/, ''),
        address,
      }))
    })
}

/** The requests for rows that the venue has answered. */
export const countAsked = ({ simulator }: World, { endpoints }: BackfillCase): number =>
  Object.entries(simulator.stats().requests)
    .filter(([path]) => endpointOf(path) in endpoints)
    .reduce((sum, [, count]) => sum + count, 0)

/** Nothing that was committed before `run` began, and is wanted, is asked for by it. */
export async function expectNothingTwice(
  world: World,
  backfill: BackfillCase,
  wanted: Window,
  run: () => Promise<unknown>,
): Promise<void> {
  const known = await storedCoverage(world.database.sql, backfill.datasets)
  const before = world.simulator.stats().recorded.length
  await run()
  for (const asked of askedOf(world, backfill, before).slice(backfill.samples)) {
    const own = known.find(({ symbol, dataset }) => symbol === asked.symbol && dataset === asked.dataset)
    // What lies before is looked at to judge the rest.
    expect(intersect(intersect([asked], [wanted]), own?.covered ?? [])).toEqual([])
  }
}
