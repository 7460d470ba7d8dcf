import { stripVTControlCharacters } from 'node:util'

// Symbols may be written in Chinese or Korean, and venues send what they like: such glyphs take two columns.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const ZERO = /\p{Mark}|\u200b|\u200d|\ufe0f/u

const glyphWidth = (glyph: string): number => (WIDE.test(glyph) ? 2 : ZERO.test(glyph) ? 0 : 1)

/** Columns that a text takes on a terminal; colours take none. */
export function displayWidth(text: string): number {
  let width = 0
  for (const glyph of stripVTControlCharacters(text)) width += glyphWidth(glyph)
  return width
}

/** At most `width` columns, the last one `…` where something is cut. For text without colours. */
export function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  if (width < 1) return ''
  let [cut, used] = ['', 0]
  for (const glyph of text) {
    used += glyphWidth(glyph)
    if (used > width - 1) break
    cut += glyph
  }
  return `${cut}…`
}

/** Spaces up to `width` columns, before or behind. */
export function padToWidth(text: string, width: number, align: 'left' | 'right'): string {
  const spaces = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return align === 'left' ? text + spaces : spaces + text
}

/** Lines of at most `width` columns, broken between words; a longer word is cut. */
export function breakToWidth(text: string, width: number): string[] {
  return fillLines(text.split(' '), width).map((one) => cutToWidth(one, width))
}

/** The same with nothing lost: a longer word goes on in the next line. */
export function wrapToWidth(text: string, width: number): string[] {
  return fillLines(
    text.split(' ').flatMap((word) => splitWord(word, width)),
    width,
  )
}

function fillLines(words: readonly string[], width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}

function splitWord(word: string, width: number): string[] {
  const parts: string[] = []
  let [part, used] = ['', 0]
  for (const glyph of word) {
    if (used + glyphWidth(glyph) > width && part !== '') {
      parts.push(part)
      part = ''
      used = 0
    }
    part += glyph
    used += glyphWidth(glyph)
  }
  return [...parts, part]
}
