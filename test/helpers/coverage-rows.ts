import type { Sql } from '../../src/db/connect.ts'
import type { Window } from '../../src/lib/model/window.ts'

/** One row of the coverage. */
export interface CoveredJob {
  readonly symbol: string
  readonly dataset: string
  readonly covered: readonly Window[]
  readonly absent: readonly Window[]
}

interface Part {
  readonly symbol: string
  readonly dataset: string
  readonly kind: 'covered' | 'absent'
  readonly from: number
  readonly to: number
}

/** The coverage of these datasets, sorted by symbol and dataset; a row that covers nothing is left out. */
export async function storedCoverage(sql: Sql, datasets: readonly string[]): Promise<CoveredJob[]> {
  const parts = await sql<Part[]>`
    select symbol, dataset, kind, (extract(epoch from lower(part)) * 1000)::float8 as from,
      (extract(epoch from upper(part)) * 1000)::float8 as to
    from (
      select symbol, dataset, 'covered' as kind, unnest(covered) as part from coverage
      union all select symbol, dataset, 'absent', unnest(absent) from coverage
    ) as parts where dataset in ${sql(datasets)} order by part`
  const jobs = Map.groupBy(parts, ({ symbol, dataset }) => `${symbol} ${dataset}`)
  return [...jobs.keys()].toSorted().flatMap((key) => {
    const own = jobs.get(key) ?? []
    const windowsOf = (kind: Part['kind']): Window[] =>
      own.filter((part) => part.kind === kind).map(({ from, to }) => ({ from, to }))
    const [symbol = '', dataset = ''] = key.split(' ')
    return [{ symbol, dataset, covered: windowsOf('covered'), absent: windowsOf('absent') }]
  })
}
