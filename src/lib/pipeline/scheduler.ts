/**
 * Runs tasks with at most `limit` at a time and yields what they bring, in the order in which they end. Tasks are
 * pulled from `source` only when there is room, so that whoever reads slowly slows everything down to the socket;
 * what a task puts into `followUps` goes first. A source that waits holds up nothing that has already ended. Ends
 * when all are done; the first error ends it after all that are under way have settled.
 */
export async function* runTasks<Task, Result>(
  source: AsyncIterator<Task>,
  followUps: Task[],
  run: (task: Task) => Promise<readonly Result[]>,
  limit: number,
): AsyncGenerator<Result, void, void> {
  const scheduler = new Scheduler(source, followUps, run, limit)
  try {
    while (!scheduler.isFinished) {
      const changed = scheduler.nextChange()
      scheduler.fill()
      const results = scheduler.takeResults()
      for (const result of results) yield result
      if (results.length === 0 && !scheduler.isFinished) await changed
    }
  } finally {
    await scheduler.close()
  }
  scheduler.throwIfFailed()
}

class Scheduler<Task, Result> {
  readonly #source: AsyncIterator<Task>
  readonly #followUps: Task[]
  readonly #run: (task: Task) => Promise<readonly Result[]>
  readonly #limit: number
  readonly #running = new Set<Promise<void>>()
  #done: Result[] = []
  #pulling: Promise<void> | undefined
  #isExhausted = false
  #failure: { readonly error: unknown } | undefined
  #wake: () => void = () => {}

  constructor(
    source: AsyncIterator<Task>,
    followUps: Task[],
    run: (task: Task) => Promise<readonly Result[]>,
    limit: number,
  ) {
    this.#source = source
    this.#followUps = followUps
    this.#run = run
    this.#limit = limit
  }

  get isFinished(): boolean {
    if (this.#failure) return true
    const isIdle = this.#running.size === 0 && !this.#pulling && this.#done.length === 0
    return isIdle && this.#isExhausted && this.#followUps.length === 0
  }

  /** Taken before `fill`, so that no change is missed in between. */
  nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  fill(): void {
    // The one being pulled takes a place too.
    const room = (): boolean => !this.#failure && this.#running.size + (this.#pulling ? 1 : 0) < this.#limit
    if (this.#done.length > 0) return
    for (let task = room() ? this.#followUps.shift() : undefined; task !== undefined; ) {
      this.#start(task)
      task = room() ? this.#followUps.shift() : undefined
    }
    if (room() && !this.#pulling && !this.#isExhausted) this.#pull()
  }

  takeResults(): readonly Result[] {
    const results = this.#done
    this.#done = []
    return results
  }

  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error
  }

  async close(): Promise<void> {
    this.#isExhausted = true
    await Promise.all([this.#pulling, ...this.#running])
    await this.#source.return?.()
  }

  #pull(): void {
    this.#pulling = this.#source
      .next()
      .then(
        (next) => {
          if (next.done) this.#isExhausted = true
          else this.#start(next.value)
        },
        (error: unknown) => this.#fail(error),
      )
      .finally(() => {
        this.#pulling = undefined
        this.#wake()
      })
  }

  #start(task: Task): void {
    const settled: Promise<void> = this.#run(task)
      .then(
        (results) => void this.#done.push(...results),
        (error: unknown) => this.#fail(error),
      )
      .finally(() => {
        this.#running.delete(settled)
        this.#wake()
      })
    this.#running.add(settled)
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
  }
}
