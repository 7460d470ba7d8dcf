import { describe, expect, it } from 'vitest'
import { readBucketError, readBucketPage } from '../../src/lib/archive/list-bucket.ts'
import { PayloadError } from '../../src/lib/errors.ts'

const FOLDER = 'data/futures/um/daily/klines/BTCUSDT/1m/'
const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
const contents = (name: string, size = 69_497): string =>
  `<Contents><Key>${FOLDER}${name}</Key><LastModified>2026-04-01T08:06:34.000Z</LastModified>` +
  `<ETag>&quot;0b91&quot;</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`
const page = (inside: string, isTruncated = false): string =>
  `${HEAD}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>data.binance.vision</Name>` +
  `<Prefix>${FOLDER}</Prefix><Marker></Marker><MaxKeys>1000</MaxKeys><IsTruncated>${isTruncated}</IsTruncated>${inside}</ListBucketResult>`
const read = (text: string) => readBucketPage(text, 'listing')

describe('a listing', () => {
  it('tells files, folders and that it is the last page', () => {
    const folders = '<CommonPrefixes><Prefix>data/&#24065;&#x5b89;USDT/</Prefix></CommonPrefixes>'
    expect(read(page(contents('a&amp;b.zip') + folders))).toEqual({
      prefix: FOLDER,
      entries: [
        { key: `${FOLDER}a&b.zip`, size: 69_497, etag: '0b91', lastModified: Date.UTC(2026, 3, 1, 8, 6, 34) },
      ],
      prefixes: ['data/币安USDT/'],
      isTruncated: false,
      nextMarker: undefined,
      continuationToken: undefined,
    })
  })

  it('of nothing is empty', () => {
    expect(read(page(''))).toMatchObject({ entries: [], prefixes: [], isTruncated: false })
  })

  it('goes on at the marker, at the last name, or by a token', () => {
    const two = contents('a.zip') + contents('b.zip')
    expect(read(page(`<NextMarker>${FOLDER}c/</NextMarker>${two}`, true)).nextMarker).toBe(`${FOLDER}c/`)
    expect(read(page(two, true)).nextMarker).toBe(`${FOLDER}b.zip`)
    const folder = `<CommonPrefixes><Prefix>${FOLDER}z/</Prefix></CommonPrefixes>`
    expect(read(page(two + folder, true)).nextMarker).toBe(`${FOLDER}z/`)
    const byToken = read(page(`<NextContinuationToken>1ue==</NextContinuationToken>${two}`, true))
    expect(byToken).toMatchObject({ nextMarker: undefined, continuationToken: '1ue==', isTruncated: true })
  })

  it.each([
    ['cut', page(contents('a.zip')).slice(0, -20)],
    ['cut in an entity', page('').slice(0, -19)],
    ['no XML', '{"error":1}'],
    ['empty', ''],
    ['a page for people', '<html><body>hello</body></html>'],
    ['an error', `${HEAD}<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`],
    ['without an end to go on from', page('', true)],
    ['without a key', page('<Contents><Size>1</Size></Contents>')],
    ['with two keys', page(contents('a').replace('<Key>', '<Key>x</Key><Key>'))],
    ['with a size that is none', page(contents('a').replace('69497', '1e5'))],
    ['with a time that is none', page(contents('a').replace('2026-04-01T', '2026-13-01T'))],
    ['with an unknown entity', page(contents('a&nbsp;b'))],
    ['with a bare ampersand', page(contents('a&b'))],
    ['with encoded names', page('<EncodingType>url</EncodingType>')],
    ['with a wrong end', page('<Contents></Content>')],
    ['with a second root', `${page('')}<a/>`],
    ['very deep', '<a>'.repeat(10_000)],
    ['neither truncated nor not', page('').replace('false', 'maybe')],
  ])('is refused: %s', (_name, text) => {
    expect(() => read(text)).toThrow(PayloadError)
  })

  it('is refused wherever it is cut', () => {
    const text = page(contents('a&amp;b.zip'))
    for (let length = 0; length < text.length; length += 1)
      expect(() => read(text.slice(0, length)), `cut at ${length}`).toThrow(PayloadError)
  })
})

describe('an error of a storage service', () => {
  it('is told from all else', () => {
    const error = `${HEAD}<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>x</Key></Error>`
    expect(readBucketError(error)).toEqual({
      code: 'NoSuchKey',
      message: 'The specified key does not exist.',
    })
    expect(readBucketError('<Error><Code>SlowDown</Code></Error>')).toEqual({ code: 'SlowDown', message: '' })
    for (const text of ['', page(''), '<Error></Error>', '<Error><Code>x', 'Forbidden'])
      expect(readBucketError(text)).toBeUndefined()
  })
})
