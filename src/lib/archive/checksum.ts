import { ArchiveFileError } from './file-error.ts'

/** Longer than any name that can stand in it. */
const MOST_CHARACTERS = 1_000

/**
 * The SHA-256 of the file `name`, 64 hexadecimal digits in lower case, from the text of its checksum file:
 * `<digits> <name>`, as `sha256sum` writes it. `where` names that file in errors. Throws `ArchiveFileError` if it is
 * anything else, or tells of another file.
 */
export function readChecksum(
  text: string,
  { where, name }: { readonly where: string; readonly name: string },
): string {
  const found = text.length > MOST_CHARACTERS ? null : /^([0-9a-f]{64})[ \t]+\*?(\S+)\s*$/i.exec(text)
  if (!found) throw new ArchiveFileError(where, 'structure', 'is no checksum with the name of a file', text)
  const [, digits = '', told] = found
  if (told !== name) throw new ArchiveFileError(where, 'name', `tells of another file than ${name}`, told)
  return digits.toLowerCase()
}
