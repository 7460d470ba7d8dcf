/** Closes as text, by minute, ascending. */
export type Closes = ReadonlyMap<number, string>

/** `minute rsi gain loss` for each minute that has one, by the definition and nothing else. */
export function naiveRsi(closes: Closes, period = 14): string[] {
  const lines: string[] = []
  let [changes, gain, loss] = [0, 0, 0]
  for (const [minute, text] of [...closes].toSorted(([a], [b]) => a - b)) {
    const before = closes.get(minute - 1)
    if (before === undefined) [changes, gain, loss] = [0, 0, 0]
    else {
      const change = Number(text) - Number(before)
      const [up, down] = [Math.max(change, 0), Math.max(-change, 0)]
      changes += 1
      if (changes <= period) [gain, loss] = [gain + up, loss + down]
      else [gain, loss] = [(gain * (period - 1) + up) / period, (loss * (period - 1) + down) / period]
      if (changes === period) [gain, loss] = [gain / period, loss / period]
      const rsi = gain + loss === 0 ? 50 : 100 * (gain / (gain + loss))
      if (changes >= period) lines.push(`${minute} ${rsi} ${gain} ${loss}`)
    }
  }
  return lines
}

/** `minute close members` for each minute in which any symbol has a candle. */
export function naiveIndex(market: Readonly<Record<string, Closes>>): string[] {
  const symbols = Object.keys(market).toSorted()
  const minutes = new Set(symbols.flatMap((symbol) => [...(market[symbol]?.keys() ?? [])]))
  let index: number | undefined
  return [...minutes]
    .toSorted((a, b) => a - b)
    .map((minute) => {
      let [sum, members] = [0, 0]
      for (const symbol of symbols) {
        const [before, now] = [market[symbol]?.get(minute - 1), market[symbol]?.get(minute)]
        if (before === undefined || now === undefined) continue
        sum += Number(now) / Number(before) - 1
        members += 1
      }
      if (index === undefined) index = 100
      else if (members > 0) index *= 1 + sum / members
      return `${minute} ${index} ${members}`
    })
}

/** The closes of the index, for its own RSI. */
export function closesOfIndex(lines: readonly string[]): Closes {
  return new Map(lines.map((line) => [Number(line.split(' ')[0]), line.split(' ')[1] ?? '']))
}
