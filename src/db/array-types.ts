import type postgres from 'postgres'

/** Arrays as PostgreSQL writes them: `{a,"b c",NULL}`. */
const ELEMENT = /"((?:[^"\\]|\\.)*)"|([^,{}]+)/g

function parseArray<T>(text: string, parse: (element: string) => T): (T | null)[] {
  return [...text.matchAll(ELEMENT)].map(([, quoted, plain = '']) => {
    if (quoted !== undefined) return parse(quoted.replaceAll(/\\(.)/g, '$1'))
    return plain === 'NULL' ? null : parse(plain)
  })
}

function writeElement(element: unknown): string {
  if (element === null) return 'NULL'
  const text = element instanceof Date ? element.toISOString() : String(element)
  return `"${text.replaceAll(/[\\"]/g, '\\$&')}"`
}

const asText = (element: string): string => element

/** By the name of their elements' type: the number of the array's type, and how an element is read. */
const ARRAYS: Readonly<Record<string, readonly [oid: number, parse: (element: string) => unknown]>> = {
  bool: [1000, (element) => element === 't'],
  name: [1003, asText],
  int2: [1005, Number],
  int4: [1007, Number],
  text: [1009, asText],
  varchar: [1015, asText],
  int8: [1016, asText],
  float8: [1022, Number],
  timestamptz: [1185, (element) => new Date(element)],
  numeric: [1231, asText],
  uuid: [2951, asText],
}

/**
 * What the driver would otherwise ask of the server at the beginning of each session, in a question whose failure (the
 * session is ended, the answer takes too long) nobody can catch.
 */
export const ARRAY_TYPES: Readonly<Record<string, postgres.PostgresType>> = Object.fromEntries(
  Object.entries(ARRAYS).map(([name, [oid, parse]]) => [
    `${name}_array`,
    {
      to: oid,
      from: [oid],
      serialize: (value: unknown) =>
        Array.isArray(value) ? `{${value.map(writeElement).join(',')}}` : value,
      parse: (text: string) => parseArray(text, parse),
    },
  ]),
)
