import type { StreamConnection } from './connection.ts'
import type { Wanted } from './frame.ts'
import type { StreamCounter } from './stream-stats.ts'

interface Topic {
  readonly name: string
  readonly connections: Set<StreamConnection>
}

/** Who listens to what. */
export class StreamHub implements Wanted {
  readonly connections = new Set<StreamConnection>()
  revision = 0
  readonly #topics = new Map<string, Topic>()
  readonly #wrap: (stream: string, data: string) => string
  readonly #counter: StreamCounter

  constructor(wrap: (stream: string, data: string) => string, counter: StreamCounter) {
    this.#wrap = wrap
    this.#counter = counter
  }

  names(): Iterable<string> {
    return this.#topics.keys()
  }

  add(connection: StreamConnection, names: readonly string[]): void {
    for (const name of names) {
      connection.streams.add(name)
      if (connection.isServed) this.#topicOf(name).connections.add(connection)
    }
  }

  drop(connection: StreamConnection, names: Iterable<string>): void {
    for (const name of [...names]) {
      connection.streams.delete(name)
      const topic = this.#topics.get(name)
      topic?.connections.delete(connection)
      if (topic?.connections.size !== 0) continue
      this.#topics.delete(name)
      this.revision += 1
    }
  }

  /** Writes to all who listen, through `spoil` where it is given, and returns who they were. */
  publish(stream: string, data: string, spoil?: (text: string) => string | Buffer): StreamConnection[] {
    const topic = this.#topics.get(stream)
    if (!topic) return []
    const receivers: StreamConnection[] = []
    let wrapped: string | undefined
    for (const connection of topic.connections) {
      if (!connection.isOpen) continue
      if (connection.isCombined) wrapped ??= this.#wrap(stream, data)
      const text = connection.isCombined && wrapped !== undefined ? wrapped : data
      connection.send(spoil ? spoil(text) : text)
      receivers.push(connection)
    }
    this.#counter.sent += receivers.length
    return receivers
  }

  /** What `work` publishes to a connection leaves together. */
  together(work: () => void): void {
    const held = [...this.connections]
    for (const connection of held) connection.hold()
    try {
      work()
    } finally {
      for (const connection of held) connection.release()
    }
  }

  #topicOf(name: string): Topic {
    const known = this.#topics.get(name)
    if (known) return known
    const topic = { name, connections: new Set<StreamConnection>() }
    this.#topics.set(name, topic)
    this.revision += 1
    return topic
  }
}
