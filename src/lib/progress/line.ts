import type { WorkEnd } from '../events.ts'
import type { Paint } from '../text/paint.ts'

/** What a line tells beside its words. A mark says the same where there are no colours. */
export type Tone = WorkEnd | 'waiting' | 'plain'

export interface Line {
  readonly text: string
  readonly tone: Tone
}

/** Room that a screen has for lines. */
export interface Room {
  /** Columns of a line at most. */
  readonly width: number
  /** Lines at most. */
  readonly height: number
}

export const MARKS: Readonly<Record<Tone, string>> = {
  done: '✔',
  partial: '!',
  failed: '✖',
  waiting: '·',
  plain: ' ',
}

export function paintLine({ text, tone }: Line, paint: Paint): string {
  const paints = { done: paint.done, partial: paint.warning, failed: paint.failed, waiting: paint.faint }
  return tone === 'plain' ? text : paints[tone](text)
}
