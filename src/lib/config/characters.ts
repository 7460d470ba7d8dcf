/** What settings are not made of, in the order in which it is looked for. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/[\n\r\u2028\u2029\u0085]/, 'a line break'],
  [/\t/, 'a tab'],
  [/\p{Cc}/u, 'a control character'],
  [/\ufeff/, 'a byte order mark (U+FEFF), which cannot be seen'],
  [/[\p{Cf}\p{Default_Ignorable_Code_Point}]/u, 'a character that cannot be seen'],
  [/\p{Cs}/u, 'half a character'],
]
const OF_A_KEY: typeof KINDS = [
  [/\s/, 'a space'],
  [/[^\x21-\x7e]/, 'a character that no key has'],
]

/** The kind of the first character that no setting may hold inside, named without the text itself. */
export const findOddCharacter = (text: string): string | undefined => findKind(text, KINDS)

/** The same for a key, which goes into a header as it is. */
export const findOddCharacterOfKey = (text: string): string | undefined =>
  findKind(text, [...KINDS, ...OF_A_KEY])

function findKind(text: string, kinds: typeof KINDS): string | undefined {
  for (const [pattern, kind] of kinds) {
    const found = pattern.exec(text)
    if (found) return kind === 'a character that cannot be seen' ? `${kind} (${codeOf(found[0])})` : kind
  }
  return undefined
}

const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
