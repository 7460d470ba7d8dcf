import { Flags, type Interfaces } from '@oclif/core'

/** What a flag's value may be, for completion; `lib/config` checks it. */
export type Values =
  /** One of the words, or some of them separated by commas: anything else is refused. */
  | { readonly kind: 'one' | 'some'; readonly words: readonly string[] }
  /** Anything; the words, if any, are worth offering. */
  | { readonly kind: 'free'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'folder' }

export const oneOf = (words: readonly string[]): Values => ({ kind: 'one', words })
export const someOf = (words: readonly string[]): Values => ({ kind: 'some', words })
export const suggest = (...words: readonly string[]): Values => ({ kind: 'free', words })
export const FILE: Values = { kind: 'file' }
export const FOLDER: Values = { kind: 'folder' }

interface TextFlag extends Pick<Interfaces.OptionFlag<string>, 'char' | 'env' | 'helpGroup'> {
  readonly helpValue: string
  readonly description: string
  readonly values: Values
}

/** A flag with a value of which completion knows something. */
export const textFlag = ({ values, ...options }: TextFlag) => withValues(values, Flags.string(options))

export const withValues = <Flag extends object>(
  values: Values,
  flag: Flag,
): Flag & { readonly values: Values } => ({ ...flag, values })

const hasValues = (flag: object): flag is { readonly values: Values } => 'values' in flag

export const valuesOf = (flag: object): Values => (hasValues(flag) ? flag.values : suggest())
