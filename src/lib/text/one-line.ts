import { stripVTControlCharacters } from 'node:util'

const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]+/gv
/** What turns the direction of other characters, or is there without being seen; emoji keep what selects their form. */
const UNSEEN = /[[\p{Cf}\p{Default_Ignorable_Code_Point}]--[\u{fe00}-\u{fe0f}]]+/gv
/** What JSON leaves as it is and a terminal does not. */
const UNSAFE_IN_JSON = /[[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Default_Ignorable_Code_Point}]--[\u{fe00}-\u{fe0f}]]/gv

/**
 * One printable line: what somebody else put into a text can neither break a table or a log, nor steer a terminal, nor
 * look like what it is not. Every text from outside passes through here on its way to a screen, a log or the journal.
 */
export function toOneLine(text: string): string {
  return stripVTControlCharacters(text.toWellFormed()).replace(BREAKS, ' ').replace(UNSEEN, '\ufffd').trim()
}

/** JSON that is safe on a terminal and loses nothing: what cannot be seen is written as `\u…`. */
export function toOneLineJson(value: unknown): string {
  return toSafeJson(JSON.stringify(value) ?? 'null')
}

/** The same with spaces between its parts, where lines may be broken. */
export function toSpacedJson(value: unknown): string {
  return toSafeJson((JSON.stringify(value, null, 1) ?? 'null').replace(/\n */g, ' '))
}

const BEYOND_ASCII = /[\u0080-\uffff]/
/** What is in hardly any answer: of all others, however long, nothing has to be replaced. */
const UNUSUAL = /[^\x20-\x7e]/

/** Nothing in it takes more than a byte. */
export const isAscii = (text: string): boolean => !BEYOND_ASCII.test(text)

function toSafeJson(json: string): string {
  if (!UNUSUAL.test(json)) return json
  return json.replace(UNSAFE_IN_JSON, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
