import type { ByteRows } from '../../src/lib/archive/byte-rows.ts'
import { scanDelimited } from '../../src/lib/archive/delimited.ts'

/** The rows of a small text as one batch. */
export async function toByteRows(lines: readonly string[], columns: number): Promise<ByteRows> {
  const text = lines.map((line) => `${line}\n`).join('')
  const options = { where: 'a.csv', columns, isHeader: () => false, batchRows: lines.length + 1 }
  for await (const rows of scanDelimited([Buffer.from(text)], options)) return rows
  throw new Error('there are no lines')
}
