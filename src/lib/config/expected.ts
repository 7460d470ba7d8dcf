import { toOneLine } from '../text/one-line.ts'

const LONGEST = 40

/** `expected 1 to 256, not "many"`: for values that hold no secret. */
export function expectedNot(what: string, value: unknown): string {
  const text = toOneLine(String(value))
  return `expected ${what}, not "${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}"`
}

/** The same as zod asks for it. */
export const expected = (what: string) => ({
  error: ({ input }: { readonly input?: unknown }): string => expectedNot(what, input),
})
