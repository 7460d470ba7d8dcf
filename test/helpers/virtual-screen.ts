const ESCAPE = '\u001b'
/** What follows it; where the rest is still to come it does not fit. */
const SEQUENCE = /^\[(?<mode>[?\d;]*)(?<name>[A-Za-z])/

/** What a terminal does with the little that perpctl writes to it. A sequence that it does not know fails the test. */
export class VirtualScreen {
  #columns: number
  #rows: number
  #main: string[] = ['']
  #other: string[] = []
  #isOther = false
  #row = 0
  #column = 0
  #pending = ''
  /** All that was ever written. */
  raw = ''

  constructor(columns: number, rows: number) {
    this.#columns = columns
    this.#rows = rows
  }

  /** Whether the screen without a history is shown. */
  get isOther(): boolean {
    return this.#isOther
  }
  /** What is to be seen, without what is empty at the end. */
  get lines(): readonly string[] {
    const lines = this.#shown.map((line) => (line ?? '').trimEnd())
    while (lines.at(-1) === '') lines.pop()
    return lines
  }
  get text(): string {
    return this.lines.join('\n')
  }

  /** Leaves on the other screen all that was there: nobody but the program clears it. */
  resize(columns: number, rows: number): void {
    this.#columns = columns
    this.#rows = rows
    this.#other = this.#other.slice(0, rows).map((line) => [...line].slice(0, columns).join(''))
    if (this.#isOther) this.#row = Math.min(this.#row, rows - 1)
  }

  write(text: string): void {
    this.raw += text
    let rest = this.#pending + text
    this.#pending = ''
    while (rest !== '') {
      const [glyph = ''] = rest
      const sequence = glyph === ESCAPE ? SEQUENCE.exec(rest.slice(1)) : undefined
      if (sequence === null) {
        this.#pending = rest
        return
      }
      if (sequence) this.#obey(sequence.groups?.mode ?? '', sequence.groups?.name ?? '')
      else this.#print(glyph)
      rest = rest.slice(glyph.length + (sequence?.[0].length ?? 0))
    }
  }

  get #shown(): string[] {
    return this.#isOther ? this.#other : this.#main
  }

  #obey(mode: string, name: string): void {
    if (name === 'm' || mode === '?25') return
    if (mode === '?1049') this.#switch(name === 'h')
    else if (name === 'H' && mode === '') [this.#row, this.#column] = [0, 0]
    else if (name === 'K' && mode === '') this.#cut(this.#row)
    else if (name === 'J' && mode === '') {
      this.#cut(this.#row)
      this.#shown.splice(this.#row + 1)
    } else throw new Error(`a terminal is asked for ${mode}${name}`)
  }

  #switch(isOther: boolean): void {
    this.#isOther = isOther
    this.#other = isOther ? [] : this.#other
    this.#row = isOther ? 0 : Math.max(0, this.#main.length - 1)
    this.#column = 0
  }

  #cut(row: number): void {
    this.#shown[row] = [...(this.#shown[row] ?? '')].slice(0, this.#column).join('')
  }

  #print(glyph: string): void {
    if (glyph === '\r') this.#column = 0
    else if (glyph === '\n') this.#feed()
    else {
      if (this.#column >= this.#columns) {
        this.#feed()
        this.#column = 0
      }
      const line = [...(this.#shown[this.#row] ?? '').padEnd(this.#column)]
      line[this.#column] = glyph
      this.#shown[this.#row] = line.join('')
      this.#column += 1
    }
  }

  #feed(): void {
    this.#row += 1
    if (this.#isOther && this.#row >= this.#rows) {
      this.#other.shift()
      this.#row = this.#rows - 1
    }
    this.#shown[this.#row] ??= ''
  }
}
