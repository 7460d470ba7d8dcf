import { PayloadError } from '../errors.ts'
import { type Element, readXml, textOf } from './xml.ts'

export interface BucketEntry {
  readonly key: string
  readonly size: number
  /** Without its quotes; an MD5 only where the file was sent in one piece. */
  readonly etag: string
  /** Milliseconds. */
  readonly lastModified: number
}

/** One page of a listing, in the order of its keys. */
export interface BucketPage {
  readonly prefix: string
  readonly entries: readonly BucketEntry[]
  /** What stands for all keys that go on with a delimiter, as asked for. */
  readonly prefixes: readonly string[]
  readonly isTruncated: boolean
  /**
   * Where the next page begins, by `marker`: as told, or the last name of this page where that is not told. Undefined
   * on the last page, and where there is a `continuationToken` to go on by.
   */
  readonly nextMarker: string | undefined
  readonly continuationToken: string | undefined
}

/** Reads an S3 `ListBucketResult`, of either version. Throws `PayloadError` for anything odd, also for an error. */
export function readBucketPage(text: string, where: string): BucketPage {
  const root = readXml(text, where)
  if (root.name !== 'ListBucketResult') throw new PayloadError(where, `is ${root.name}, no listing`, text)
  if ((textOf(root, 'EncodingType', where) ?? '') !== '')
    throw new PayloadError(where, 'has encoded names, which were not asked for', text)
  const entries = childrenOf(root, 'Contents').map((entry) => readEntry(entry, where))
  const prefixes = childrenOf(root, 'CommonPrefixes').map((entry) => need(entry, 'Prefix', where))
  const isTruncated = readFlag(need(root, 'IsTruncated', where), where)
  const token = isTruncated ? textOf(root, 'NextContinuationToken', where) || undefined : undefined
  const last = [entries.at(-1)?.key, prefixes.at(-1)].filter((name) => name !== undefined)
  const marker = textOf(root, 'NextMarker', where) || last.toSorted(compareNames).at(-1)
  const nextMarker = isTruncated && token === undefined ? marker : undefined
  if (isTruncated && token === undefined && nextMarker === undefined)
    throw new PayloadError(where, 'goes on, and does not tell where', text)
  const prefix = textOf(root, 'Prefix', where) ?? ''
  return { prefix, entries, prefixes, isTruncated, nextMarker, continuationToken: token }
}

export interface BucketError {
  /** `NoSuchKey`, `AccessDenied`, … */
  readonly code: string
  readonly message: string
}

/** What a storage service says instead of an answer; undefined where the text is no such error. */
export function readBucketError(text: string): BucketError | undefined {
  const where = 'error'
  try {
    const root = readXml(text, where)
    const code = root.name === 'Error' ? textOf(root, 'Code', where) : undefined
    return code ? { code, message: textOf(root, 'Message', where) ?? '' } : undefined
  } catch (error) {
    if (error instanceof PayloadError) return undefined
    throw error
  }
}

const childrenOf = ({ children }: Element, name: string): Element[] =>
  children.filter((child) => child.name === name)

function readEntry(entry: Element, where: string): BucketEntry {
  const [key, size, date] = ['Key', 'Size', 'LastModified'].map((name) => need(entry, name, where))
  const lastModified = isDate(date ?? '') ? Date.parse(date ?? '') : Number.NaN
  if (!/^\d{1,15}$/.test(size ?? '')) throw new PayloadError(where, 'Size is not a number of bytes', entry)
  if (Number.isNaN(lastModified)) throw new PayloadError(where, 'LastModified is not a time', entry)
  const etag = need(entry, 'ETag', where).replace(/^"(.*)"$/, '$1')
  return { key: key ?? '', size: Number(size), etag, lastModified }
}

const isDate = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text)

function need(element: Element, name: string, where: string): string {
  const text = textOf(element, name, where)
  if (text === undefined || text === '')
    throw new PayloadError(where, `${element.name} has no ${name}`, element)
  return text
}

function readFlag(text: string, where: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new PayloadError(where, 'IsTruncated is neither true nor false', text)
}

/** As the service sorts: by the bytes of UTF-8. */
const compareNames = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
