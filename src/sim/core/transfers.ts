import type { Answer } from './answer.ts'

export interface TransferStats {
  readonly listings: number
  /** By key: how often a file was answered. */
  readonly files: Readonly<Record<string, number>>
  /** By key: how often something else was answered instead: none, an outage. */
  readonly refused: Readonly<Record<string, number>>
  /** Of answered files as they lie in the archive, sent to the end or not. */
  readonly bytes: number
  /** Requests for files that were answered at the same time, at most. */
  readonly mostAtOnce: number
}

/** Counts what is fetched from an archive of files. */
export class TransferCounter {
  readonly #files = new Map<string, number>()
  readonly #refused = new Map<string, number>()
  #listings = 0
  #bytes = 0
  #atOnce = 0
  #mostAtOnce = 0

  /** Counts an answer that is about to be sent, `''` is the listing; what it returns is called when it is over. */
  begin(key: string, { status, body }: Answer): () => void {
    if (key === '') {
      this.#listings += 1
      return () => {}
    }
    const counts = status === 200 ? this.#files : this.#refused
    counts.set(key, (counts.get(key) ?? 0) + 1)
    if (status === 200) this.#bytes += lengthOf(body)
    this.#atOnce += 1
    this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#atOnce)
    return () => {
      this.#atOnce -= 1
    }
  }

  read(): TransferStats {
    return {
      listings: this.#listings,
      files: Object.fromEntries(this.#files),
      refused: Object.fromEntries(this.#refused),
      bytes: this.#bytes,
      mostAtOnce: this.#mostAtOnce,
    }
  }
}

const lengthOf = (body: Answer['body']): number =>
  typeof body === 'string' || Buffer.isBuffer(body)
    ? Buffer.byteLength(body)
    : body.reduce((sum, part) => sum + part.byteLength, 0)
