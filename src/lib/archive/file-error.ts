import { PayloadError } from '../errors.ts'

/**
 * What a file of an archive did not pass. `structure`: it is no such file, or not a whole one; `name`: it is another one;
 * `size`, `crc`, `checksum`: its bytes are not those that are told of it; `content`: they are not what its kind holds.
 */
export type FileCheck = 'structure' | 'name' | 'size' | 'crc' | 'checksum' | 'content'

/** A file of an archive that cannot be believed, as a whole. Worth another try: it may have been cut on the way. */
export class ArchiveFileError extends PayloadError {
  readonly check: FileCheck

  constructor(where: string, check: FileCheck, problem: string, sample: unknown = undefined) {
    super(where, problem, sample)
    this.check = check
  }
}
