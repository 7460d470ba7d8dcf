import { $, bold, cyan, dim, green, red, white, yellow } from 'kleur/colors'

/** Colours, or the same functions that change nothing. */
export interface Paint {
  readonly backfill: (text: string) => string
  readonly stream: (text: string) => string
  readonly stopped: (text: string) => string
  readonly done: (text: string) => string
  readonly completed: (text: string) => string
  readonly failed: (text: string) => string
  readonly warning: (text: string) => string
  readonly faint: (text: string) => string
  readonly title: (text: string) => string
}

const keep = (text: string): string => text
const PLAIN: Paint = {
  backfill: keep,
  stream: keep,
  stopped: keep,
  done: keep,
  completed: keep,
  failed: keep,
  warning: keep,
  faint: keep,
  title: keep,
}

const COLORED: Paint = {
  backfill: cyan,
  stream: green,
  stopped: yellow,
  done: green,
  completed: (text) => bold(white(text)),
  failed: red,
  warning: yellow,
  faint: dim,
  title: bold,
}

/** Whether there is colour is the caller's decision, once; kleur would look at the environment by itself. */
export function createPaint(isColored: boolean): Paint {
  if (!isColored) return PLAIN
  $.enabled = true
  return COLORED
}
