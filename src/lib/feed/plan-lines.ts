import type { Feed } from '../venue/feed.ts'

type Capacities = Pick<Feed, 'maxStreams' | 'commonStreams' | 'streamsOf'>

/**
 * The symbols of each line, a line being what one connection carries. The first line carries the common streams too. A
 * symbol stays where it was, so that a change disturbs nothing else; an empty line in the middle is one without
 * connection. Only where the first line would be left with nothing but common streams, which may be silent for long, it
 * takes over the symbols of the last one.
 */
export function planLines(
  feed: Capacities,
  symbols: Iterable<string>,
  before: readonly (readonly string[])[],
): string[][] {
  const missing = new Set(symbols)
  const lines = before.map((line) => line.filter((symbol) => missing.delete(symbol)))
  const room = lines.map((line, at) => roomOf(feed, at, line))
  for (const symbol of missing) {
    const size = feed.streamsOf(symbol).length
    let at = room.findIndex((left) => left >= size)
    if (at < 0) at = room.push(roomOf(feed, room.length, [])) - 1
    room[at] = (room[at] ?? 0) - size
    lines[at] = [...(lines[at] ?? []), symbol]
  }
  fillFirst(feed, lines)
  while (lines.at(-1)?.length === 0) lines.pop()
  return lines
}

function fillFirst(feed: Capacities, lines: string[][]): void {
  const last = lines.findLastIndex((line) => line.length > 0)
  if (lines[0]?.length !== 0 || last < 1) return
  const [from, to]: [string[], string[]] = [[...(lines[last] ?? [])], []]
  let room = roomOf(feed, 0, [])
  for (let symbol = from[0]; symbol !== undefined; symbol = from[0]) {
    room -= feed.streamsOf(symbol).length
    if (room < 0) break
    to.push(symbol)
    from.shift()
  }
  lines[0] = to
  lines[last] = from
}

function roomOf(feed: Capacities, at: number, line: readonly string[]): number {
  const common = at === 0 ? feed.commonStreams.length : 0
  return line.reduce((left, symbol) => left - feed.streamsOf(symbol).length, feed.maxStreams - common)
}
