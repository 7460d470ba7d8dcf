import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export const inRoot = (...parts: string[]): string => join(root, ...parts)

/** What is made once and used again: it goes with `node_modules`. */
export const CACHE = inRoot('node_modules', '.cache', 'perpctl')
