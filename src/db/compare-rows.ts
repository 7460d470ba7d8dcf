import type pg from 'pg'
import type { StoredRows } from '../lib/archive/row-encoder.ts'
import type { EncodedRows } from '../lib/model/encoded-rows.ts'
import type { Dataset } from '../lib/model/market.ts'
import { MINUTE, pointsToWindows } from '../lib/model/window.ts'
import { stageRows } from './stage.ts'
import { type ColumnKind, TABLES } from './tables.ts'

/** See `CellStore.compare`. */
export async function compareRows(
  client: pg.Client,
  dataset: Dataset,
  rows: EncodedRows,
): Promise<StoredRows> {
  await client.query('begin')
  try {
    const stage = await stageRows(client, dataset, [rows])
    const { name, key } = TABLES[dataset]
    const { rows: found } = await client.query<{ stored: number[] | null; different: number[] | null }>(
      `select array_agg(at) as stored, array_agg(at) filter (where is_different) as different from (
         select (extract(epoch from new.ts) * 1000)::float8 as at, ${differs(dataset)} as is_different
         from ${name} as old join ${stage} as new using (${key.join(', ')})
       ) as met`,
    )
    await client.query('commit')
    const windowsOf = (times: readonly number[] | null = []) => pointsToWindows(times ?? [], MINUTE)
    return { stored: windowsOf(found[0]?.stored), different: windowsOf(found[0]?.different) }
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

/** What a new row does not tell is no difference. */
function differs(dataset: Dataset): string {
  const { columns, key } = TABLES[dataset]
  const values = (columns as readonly ValueColumn[]).filter(({ name }) => !key.includes(name))
  return `(${values.map((column) => `(new.${column.name} is not null and ${differsIn(column)})`).join(' or ')})`
}

interface ValueColumn {
  readonly name: string
  readonly kind: ColumnKind
  readonly isRounded?: boolean
}

function differsIn({ name, isRounded = false }: ValueColumn): string {
  if (!isRounded) return `old.${name} is distinct from new.${name}`
  const digits = `least(scale(old.${name}), scale(new.${name}))`
  return `round(old.${name}, ${digits}) is distinct from round(new.${name}, ${digits})`
}
