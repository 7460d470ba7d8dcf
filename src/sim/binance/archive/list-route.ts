import type { Answer } from '../../core/answer.ts'
import type { Folder } from './listing.ts'
import { type ListEntry, type ListPage, type ListQuery, listPage, nameOf } from './listing.ts'
import type { StoredObject } from './store.ts'
import { invalidArgument } from './wire-errors.ts'
import { element, listXml, XML_TYPE } from './xml.ts'

const MOST_KEYS = 1_000

export interface ListScene {
  readonly tree: Folder
  /** The object of a key that the tree holds. */
  find(key: string): StoredObject | undefined
  /** Most entries of a page. */
  readonly maxKeys?: number | undefined
}

/** The listing of the bucket: both versions of the interface of S3. */
export function answerList(query: URLSearchParams, { tree, find, maxKeys = MOST_KEYS }: ListScene): Answer {
  const isSecond = query.get('list-type') === '2'
  const asked = query.get('max-keys') ?? String(MOST_KEYS)
  if (!/^\d{1,9}$/.test(asked)) return invalidArgument('max-keys', asked)
  const delimiter = query.get('delimiter') ?? ''
  if (delimiter !== '' && delimiter !== '/') return invalidArgument('delimiter', delimiter)
  const token = query.get('continuation-token')
  const after = isSecond ? (decodeToken(token) ?? query.get('start-after')) : query.get('marker')
  const list: ListQuery = {
    prefix: query.get('prefix') ?? '',
    delimiter,
    after: after ?? '',
    maxKeys: Math.min(Number(asked), MOST_KEYS, maxKeys),
  }
  const page = listPage(tree, list)
  const head = isSecond ? secondHead(query, list, page) : firstHead(list, page)
  const body = listXml([...head, ...page.entries.map((entry) => entryXml(entry, find))].join(''))
  return { status: 200, body, headers: XML_TYPE, rows: page.entries.length }
}

function firstHead(
  { prefix, delimiter, after, maxKeys }: ListQuery,
  { entries, isTruncated }: ListPage,
): string[] {
  const last = entries.at(-1)
  return [
    element('Name', 'data.binance.vision'),
    element('Prefix', prefix),
    element('Marker', after),
    // Told only together with a delimiter: without one the last key is the next marker.
    ...(isTruncated && delimiter !== '' && last ? [element('NextMarker', nameOf(last))] : []),
    element('MaxKeys', maxKeys),
    ...(delimiter === '' ? [] : [element('Delimiter', delimiter)]),
    element('IsTruncated', String(isTruncated)),
  ]
}

function secondHead(
  query: URLSearchParams,
  { prefix, delimiter, maxKeys }: ListQuery,
  { entries, isTruncated }: ListPage,
): string[] {
  const last = entries.at(-1)
  const [token, startAfter] = [query.get('continuation-token'), query.get('start-after')]
  return [
    element('Name', 'data.binance.vision'),
    element('Prefix', prefix),
    ...(token === null ? [] : [element('ContinuationToken', token)]),
    ...(isTruncated && last ? [element('NextContinuationToken', encodeToken(nameOf(last)))] : []),
    ...(startAfter === null ? [] : [element('StartAfter', startAfter)]),
    element('KeyCount', entries.length),
    element('MaxKeys', maxKeys),
    ...(delimiter === '' ? [] : [element('Delimiter', delimiter)]),
    element('IsTruncated', String(isTruncated)),
  ]
}

const encodeToken = (name: string): string => Buffer.from(name).toString('base64')
const decodeToken = (token: string | null): string | null =>
  token === null ? null : Buffer.from(token, 'base64').toString()

function entryXml(entry: ListEntry, find: ListScene['find']): string {
  if ('prefix' in entry) return `<CommonPrefixes>${element('Prefix', entry.prefix)}</CommonPrefixes>`
  const object = find(entry.key)
  if (!object) throw new RangeError(`${entry.key} is listed and not there`)
  const fields = [
    element('Key', object.key),
    element('LastModified', new Date(object.modifiedAt).toISOString()),
    element('ETag', object.etag),
    element('Size', object.size),
    element('StorageClass', 'STANDARD'),
  ]
  return `<Contents>${fields.join('')}</Contents>`
}
