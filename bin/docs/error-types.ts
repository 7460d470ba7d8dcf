import { ERROR_TYPES } from '../../src/lib/model/error-types.ts'
import { code, plain, table } from './markdown.ts'

/** What `perpctl errors` explains, all of it. */
export const errorTypeTable = (): string =>
  table(
    ['type', 'severity', 'means', 'to do'],
    ERROR_TYPES.map(({ type, severity, meaning, action }) => [
      code(type),
      severity === 'both' ? 'warning or error' : severity,
      plain(meaning),
      plain(action),
    ]),
  )
