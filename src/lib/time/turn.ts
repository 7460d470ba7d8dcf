/** Lets one after the other in, in the order in which they came. */
export class Turn {
  #last: Promise<void> = Promise.resolve()

  /** Resolves when it is one's turn; the next one's begins with the call of what is returned, which may be repeated. */
  async take(): Promise<() => void> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    return resolve
  }
}
