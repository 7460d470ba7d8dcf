import { ByteRows, type CellTables, createTables, decodeCell, type OddLine } from './byte-rows.ts'
import { ArchiveFileError } from './file-error.ts'
import { readCell } from './plain-cells.ts'

const [LF, CR, QUOTE] = [0x0a, 0x0d, 0x22]
const BATCH_ROWS = 8_192
/** No line of numbers is as long: what has no end by then is no text of lines. */
const MOST_LINE_BYTES = 16_384
/** So many lines of another number of cells are no odd lines any more: the file as a whole is odd. */
const MOST_ODD_LINES = 1_000
const ROOM = 1 << 16

interface DelimitedOptions {
  /** Names the file in errors. */
  readonly where: string
  readonly columns: number
  /** Whether the first line of the file is a header; may throw, if it is a wrong one. */
  readonly isHeader: (line: string) => boolean
  /** Rows of a batch; all but the last have as many. Default 8,192. */
  readonly batchRows?: number
}

/**
 * The rows of lines of cells that are parted by commas, ended by LF or CRLF, the last one perhaps by nothing; not one
 * object or text is made for a row. A batch is valid until the next one is asked for: its memory is used again. Throws
 * `ArchiveFileError` for a quoted cell, a line without end and more than 1,000 odd lines, and passes on what `chunks` throws.
 */
export async function* scanDelimited(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: DelimitedOptions,
): AsyncGenerator<ByteRows> {
  const scanner = new LineScanner(options)
  for await (const chunk of chunks) {
    scanner.add(chunk)
    for (let batch = scanner.take(); batch; batch = scanner.take()) yield batch
  }
  scanner.end()
  for (let batch = scanner.take(); batch; batch = scanner.take()) yield batch
  const rest = scanner.takeRest()
  if (rest) yield rest
}

class LineScanner {
  readonly #options: DelimitedOptions
  readonly #batchRows: number
  #bytes = new Uint8Array(ROOM)
  #length = 0
  /** How far lines have been read. */
  #at = 0
  readonly #cells: CellTables
  #count = 0
  #odd: OddLine[] = []
  #line = 1
  #isHanded = false
  #oddLines = 0

  constructor(options: DelimitedOptions) {
    this.#options = options
    this.#batchRows = options.batchRows ?? BATCH_ROWS
    // One row more: a line is written there before it is known whether it is a row.
    this.#cells = createTables((this.#batchRows + 1) * (options.columns + 1))
  }

  add(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(chunk, this.#length)
    this.#length = needed
  }

  /** No more is added: the last line is ended where it is not. */
  end(): void {
    if (this.#length > 0 && this.#bytes[this.#length - 1] !== LF) this.add(Uint8Array.of(LF))
  }

  /** A full batch; undefined where more bytes are needed first. */
  take(): ByteRows | undefined {
    this.#dropTaken()
    this.#scan()
    return this.#count === this.#batchRows ? this.#hand() : undefined
  }

  takeRest(): ByteRows | undefined {
    return this.#count > 0 || this.#odd.length > 0 ? this.#hand() : undefined
  }

  #hand(): ByteRows {
    this.#isHanded = true
    return new ByteRows(this.#options.columns, this.#count, this.#bytes, this.#cells, this.#odd)
  }

  #dropTaken(): void {
    if (!this.#isHanded) return
    this.#isHanded = false
    this.#bytes.copyWithin(0, this.#at, this.#length)
    this.#length -= this.#at
    this.#at = 0
    this.#count = 0
    this.#odd = []
  }

  /** Reads whole lines until the batch is full or no line is whole. */
  #scan(): void {
    const { columns } = this.#options
    const [bytes, cells, most] = [this.#bytes, this.#cells, this.#batchRows]
    // Behind the last line feed stands the beginning of a line: none of its cells surely ends.
    const end = bytes.subarray(0, this.#length).lastIndexOf(LF) + 1
    let [row, start] = [this.#count, this.#at]
    let base = row * (columns + 1)
    while (start < end && row < most) {
      let [cell, at] = [0, start]
      for (; ; at += 1) {
        // Those behind the last column share a place.
        const place = base + Math.min(cell, columns)
        cells.offsets[place] = at
        at = readCell(bytes, at, cells, place)
        cell += 1
        if (bytes[at] === LF) break
        if (bytes[at] === QUOTE) throw this.#fail('has a quoted cell', start, at + 1)
      }
      const lineEnd = at > start && bytes[at - 1] === CR ? at - 1 : at
      cells.offsets[base + columns] = lineEnd + 1
      if (this.#isRow(start, lineEnd, cell)) {
        row += 1
        base += columns + 1
      }
      start = at + 1
    }
    if (row < most && this.#length - start > MOST_LINE_BYTES)
      throw this.#fail('has a line without an end', start, start + MOST_LINE_BYTES)
    this.#at = start
    this.#count = row
  }

  #isRow(start: number, end: number, cells: number): boolean {
    const line = this.#line
    this.#line += 1
    if (line === 1 && this.#options.isHeader(decodeCell(this.#bytes, start, end))) return false
    if (cells === this.#options.columns) return true
    this.#oddLines += 1
    if (this.#oddLines > MOST_ODD_LINES)
      throw this.#fail(
        `has ${cells} cells, not ${this.#options.columns}, as ${MOST_ODD_LINES} before it`,
        start,
        end,
      )
    this.#odd.push({
      line,
      cells,
      text: decodeCell(this.#bytes, start, Math.min(end, start + MOST_LINE_BYTES)),
    })
    return false
  }

  #fail(problem: string, from: number, to: number): ArchiveFileError {
    const { where } = this.#options
    return new ArchiveFileError(
      where,
      'content',
      `line ${this.#line} ${problem}`,
      decodeCell(this.#bytes, from, to),
    )
  }
}
