import type { Wanted } from '../../core/stream/frame.ts'
import { parseTopic, type StreamTopic } from './names.ts'

export type TopicsByKind = Readonly<Partial<Record<StreamTopic['kind'], readonly StreamTopic[]>>>

/** The streams that somebody listens to, by kind; read anew only when they have changed. */
export function createTopicIndex(): (wanted: Wanted) => TopicsByKind {
  const parsed = new Map<string, StreamTopic | undefined>()
  let kept: TopicsByKind = {}
  let revision = -1

  function parse(name: string): StreamTopic | undefined {
    if (!parsed.has(name)) parsed.set(name, parseTopic(name))
    return parsed.get(name)
  }

  return (wanted) => {
    if (wanted.revision === revision) return kept
    revision = wanted.revision
    const topics = [...wanted.names()].map(parse).filter((topic) => topic !== undefined)
    kept = Object.groupBy(topics, ({ kind }) => kind)
    return kept
  }
}
