import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scanDelimited } from '../../src/lib/archive/delimited.ts'
import { ArchiveFileError } from '../../src/lib/archive/file-error.ts'

interface Scanned {
  readonly rows: string[][]
  readonly odd: { line: number; cells: number; text: string }[]
  readonly batches: number[]
}

async function scan(
  chunks: readonly string[],
  { columns = 3, batchRows = 4, header = '' } = {},
): Promise<Scanned> {
  const scanned: Scanned = { rows: [], odd: [], batches: [] }
  const options = { where: 'a.csv', columns, batchRows, isHeader: (line: string) => line === header }
  for await (const batch of scanDelimited(
    chunks.map((chunk) => Buffer.from(chunk)),
    options,
  )) {
    scanned.batches.push(batch.count)
    scanned.odd.push(...batch.odd)
    for (let row = 0; row < batch.count; row += 1) {
      scanned.rows.push(Array.from({ length: columns }, (_, cell) => batch.text(row, cell)))
      expect(batch.line(row)).toBe(scanned.rows.at(-1)?.join(','))
    }
  }
  return scanned
}

const cell = fc.string({ unit: fc.constantFrom('0', '1', '.', '-', 'é', ' '), maxLength: 5 })
const lines = fc.array(fc.tuple(cell, cell, cell), { maxLength: 30 })

describe('lines of cells', () => {
  it('come as they stand, however they are cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        lines,
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.array(fc.nat(400)),
        async (rows, end, isEnded, cuts) => {
          const text = rows.map((row) => row.join(',')).join(end) + (isEnded && rows.length > 0 ? end : '')
          const bytes = [0, ...cuts.filter((at) => at < text.length).toSorted((a, b) => a - b), text.length]
          const chunks = bytes.slice(1).map((at, index) => text.slice(bytes[index], at))
          const { rows: found, odd } = await scan(chunks)
          expect({ found, odd }).toEqual({ found: rows, odd: [] })
        },
      ),
    )
  })

  it('come in full batches, and the rest', async () => {
    const { batches, rows } = await scan(['1,2,3\n'.repeat(9), '4,5,6\n'])
    expect(batches).toEqual([4, 4, 2])
    expect(rows.at(-1)).toEqual(['4', '5', '6'])
  })

  it('may have a header, only in the first line', async () => {
    const { rows, odd } = await scan(['a,b\n1,2,3\na,b\n'], { header: 'a,b' })
    expect(rows).toEqual([['1', '2', '3']])
    expect(odd).toEqual([{ line: 3, cells: 2, text: 'a,b' }])
  })

  it('of another number of cells are told, and the others stand', async () => {
    const { rows, odd } = await scan(['1,2,3\n1,2\n\n4,5,6\n7,8,9,10\n'])
    expect(rows).toEqual([
      ['1', '2', '3'],
      ['4', '5', '6'],
    ])
    expect(odd).toEqual([
      { line: 2, cells: 2, text: '1,2' },
      { line: 3, cells: 1, text: '' },
      { line: 5, cells: 4, text: '7,8,9,10' },
    ])
  })

  it.each([
    ['a quoted cell', ['1,2,3\n1,"2",3\n'], 'line 2 has a quoted cell'],
    ['a line without an end', ['1,2,3\n', '1'.repeat(20_000)], 'line 2 has a line without an end'],
    ['lines of another kind', ['1,2\n'.repeat(1_001)], 'has 2 cells, not 3'],
  ])('are refused for %s', async (_name, chunks, message) => {
    await expect(scan(chunks)).rejects.toThrow(ArchiveFileError)
    await expect(scan(chunks)).rejects.toThrow(message)
  })

  it('pass on what the bytes before them throw', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('1,2,3\n'.repeat(3))
      throw new ArchiveFileError('a.zip', 'crc', 'is damaged')
    }
    let rows = 0
    const all = async (): Promise<void> => {
      const options = { where: 'a.csv', columns: 3, batchRows: 2, isHeader: () => false }
      for await (const batch of scanDelimited(broken(), options)) rows += batch.count
    }
    await expect(all()).rejects.toThrow('is damaged')
    expect(rows).toBe(2)
  })
})
