import { toNumber } from '../model/decimal.ts'
import { isName, isObject, toDecimal, toTime } from '../venue/read-payload.ts'
import { isPlausibleDate } from './plausible-time.ts'

/** What a decimal has to be. */
type Bound = 'any' | 'positive' | 'not negative'

/**
 * The fields of one entry of a list, each read as what it must be. `fault` is the first thing that is wrong; what could
 * not be read is empty then, and the entry is of no use.
 */
export class EntryFields {
  readonly #object: Readonly<Record<string, unknown>>
  #fault: string | undefined

  constructor(entry: unknown) {
    this.#object = isObject(entry) ? entry : {}
    if (!isObject(entry)) this.#fault = 'is not an object'
  }

  get fault(): string | undefined {
    return this.#fault
  }

  /** Told only if nothing else was wrong before. */
  refuse(reason: string): void {
    this.#fault ??= reason
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name) && this.#object[name] !== null && this.#object[name] !== ''
  }

  /** In milliseconds; undefined where it cannot be read. */
  time(name: string): number | undefined {
    const time = toTime(this.#object[name])
    if (time === undefined) this.refuse(`${name} is not a time in milliseconds`)
    return time
  }

  /** A time that is told in whole seconds, in milliseconds. */
  seconds(name: string): number | undefined {
    const value = this.#object[name]
    const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value
    const time = typeof seconds === 'number' ? toTime(seconds * 1_000) : undefined
    if (time === undefined) this.refuse(`${name} is not a time in seconds`)
    return time
  }

  /** A day that a venue has set, perhaps far ahead, in milliseconds. */
  date(name: string): number | undefined {
    const value = this.#object[name]
    const time = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
    if (typeof time === 'number' && isPlausibleDate(time)) return time
    this.refuse(`${name} is not a time in milliseconds`)
    return undefined
  }

  name(name: string): string {
    const value = this.#object[name]
    if (isName(value)) return value
    this.refuse(`${name} is not a name`)
    return ''
  }

  /** Null where the venue tells none: missing, null or empty. */
  optionalName(name: string): string | null {
    return this.has(name) ? this.name(name) : null
  }

  decimal(name: string, bound: Bound): string {
    const text = toDecimal(this.#object[name])
    if (text === undefined) {
      this.refuse(`${name} is not a number`)
      return ''
    }
    const value = toNumber(text)
    if (bound === 'not negative' && value < 0) this.refuse(`${name} is below 0`)
    if (bound === 'positive' && !(value > 0)) this.refuse(`${name} is not above 0`)
    return text
  }

  /** Null where the venue tells none: missing, null or empty. */
  optionalDecimal(name: string, bound: Bound): string | null {
    return this.has(name) ? this.decimal(name, bound) : null
  }

  /** A whole number within bounds. */
  count(name: string, least: number, most: number): number {
    const value = this.#object[name]
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= least && number <= most)
      return number
    this.refuse(`${name} is not a whole number from ${least} to ${most}`)
    return least
  }
}
