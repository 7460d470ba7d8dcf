/** A 32-bit mix in which every input bit moves every output bit; the same on every machine. */
export function mix(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** FNV-1a over the characters, mixed. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return mix(hash)
}

/** Seed of one independent series of a stream. */
export const seriesSeed = (seed: number, series: number): number =>
  mix(seed ^ Math.imul(series + 1, 0x9e3779b1))

/** Value `index` of a series, 32 bits. */
export const hashAt = (series: number, index: number): number => mix(series ^ Math.imul(index, 0x9e3779b1))

/** The same as a fraction in [0, 1). */
export const unitAt = (series: number, index: number): number => hashAt(series, index) / 4_294_967_296
