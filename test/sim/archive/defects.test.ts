import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../../src/lib/model/window.ts'
import { type BinanceSimulator, startBinanceSimulator } from '../../../src/sim/binance/index.ts'
import { parseFaultText } from '../../../src/sim/core/fault-rules.ts'
import type { FaultRule } from '../../../src/sim/core/faults.ts'
import {
  candleKey,
  fetchKey,
  list,
  otherKey,
  readLines,
  sha256,
  unzip,
  unzipElsewhere,
} from '../../helpers/archive.ts'

const NOW = Date.UTC(2026, 7, 10, 12)
const DAY_KEY = candleKey('BTCUSDT', '2026-08-01')
const DAY_START = Date.UTC(2026, 7, 1)
const METRICS_KEY = otherKey('BTCUSDT', '2026-08-01', 'metrics')
const NEXT_METRICS_KEY = otherKey('BTCUSDT', '2026-08-02', 'metrics')

let simulator: BinanceSimulator
let goodDay: string[]
let goodMetrics: string[]
beforeAll(async () => {
  simulator = await startBinanceSimulator({ clock: { startAt: NOW, rate: 0 } })
  goodDay = await readLines(simulator, DAY_KEY)
  goodMetrics = await readLines(simulator, METRICS_KEY)
})
afterAll(() => simulator.close())
beforeEach(() => simulator.setFaults([]))

const linesWith = (rule: FaultRule, key: string): Promise<string[]> => {
  simulator.setFaults([rule])
  return readLines(simulator, key)
}

const checksumOf = async (key: string): Promise<string> =>
  (await fetchKey(simulator, `${key}.CHECKSUM`)).bytes.toString().slice(0, 64)

describe('a request for a file meets', () => {
  it('a checksum of other bytes, as often as it is told', async () => {
    simulator.setFaults([{ kind: 'stale-checksum', path: `${DAY_KEY}.CHECKSUM`, count: 1 }])
    const { bytes } = await fetchKey(simulator, DAY_KEY)
    expect(await checksumOf(DAY_KEY)).not.toBe(sha256(bytes))
    expect(await checksumOf(DAY_KEY)).toBe(sha256(bytes))
    expect(simulator.stats().faults['stale-checksum']).toBe(1)
  })

  it('an end in good order after half of what was told', async () => {
    simulator.setFaults([{ kind: 'cut', symbol: 'BTCUSDT' }])
    const [response] = (await once(get(`${simulator.archiveUrl}/${DAY_KEY}`), 'response')) as [
      IncomingMessage,
    ]
    const parts: Buffer[] = []
    const error = await (async () => {
      for await (const part of response) parts.push(Buffer.from(part))
    })().catch((cause: unknown) => cause)
    expect(error).toMatchObject({ message: 'aborted' })
    const told = Number(response.headers['content-length'])
    expect(Buffer.concat(parts).byteLength).toBe(Math.floor(told / 2))
  })

  it('the beginning of the file as if it were all of it', async () => {
    const whole = await fetchKey(simulator, DAY_KEY)
    simulator.setFaults([{ kind: 'truncated-json', path: DAY_KEY }])
    const { status, bytes } = await fetchKey(simulator, DAY_KEY)
    expect([status, bytes.equals(whole.bytes.subarray(0, bytes.byteLength))]).toEqual([200, true])
    expect(bytes.byteLength).toBe(Math.floor(whole.bytes.byteLength * 0.6))
    expect(() => unzipElsewhere(bytes)).toThrow()
  })

  it('an outage that is not a missing file, of the listing too', async () => {
    simulator.setFaults([{ kind: '403' }])
    const { status, bytes } = await fetchKey(simulator, DAY_KEY)
    expect([status, bytes.toString()]).toEqual([403, expect.stringContaining('<Code>AccessDenied</Code>')])
    await expect(list(simulator, {})).rejects.toThrow('403')
  })
})

describe('a file', () => {
  it('has a sum that is wrong while its checksum is right', async () => {
    simulator.setFaults([{ kind: 'archive-bad-crc', path: DAY_KEY }])
    const { bytes } = await fetchKey(simulator, DAY_KEY)
    expect(await checksumOf(DAY_KEY)).toBe(sha256(bytes))
    expect(unzip(bytes).isSound).toBe(false)
    expect(() => unzipElsewhere(bytes)).toThrow(/CRC/)
  })

  it.each([
    [{ kind: 'archive-missing', path: 'monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2026-06.zip' }],
    [{ kind: 'archive-late', path: 'monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2026-06.zip', at: NOW + 1 }],
  ] satisfies [FaultRule][])('is not there: %j', async (rule) => {
    simulator.setFaults([rule])
    const key = candleKey('BTCUSDT', '2026-06')
    for (const name of [key, `${key}.CHECKSUM`]) expect((await fetchKey(simulator, name)).status).toBe(404)
    const { objects } = await list(simulator, { prefix: key.slice(0, -4) })
    expect(objects).toEqual([])
    expect((await fetchKey(simulator, candleKey('BTCUSDT', '2026-06', 'markPriceKlines'))).status).toBe(200)
  })

  it('comes late, and then tells so', async () => {
    const at = NOW - HOUR
    simulator.setFaults([{ kind: 'archive-late', path: DAY_KEY, at }])
    const { status, headers } = await fetchKey(simulator, DAY_KEY)
    expect([status, Date.parse(headers.get('last-modified') ?? '')]).toEqual([200, at])
  })

  it('of a month lacks days that have files of their own', async () => {
    const from = Date.UTC(2026, 5, 9)
    const rule = {
      kind: 'archive-lacks-rows',
      path: 'BTCUSDT-1m-2026-06.zip',
      from,
      to: from + 24 * HOUR,
    } as const
    const lines = await linesWith(rule, candleKey('BTCUSDT', '2026-06'))
    expect(lines).toHaveLength(29 * 1_440)
    expect(lines.filter((line) => Number(line.slice(0, 13)) >= from)[0]?.slice(0, 13)).toBe(
      String(from + 24 * HOUR),
    )
    expect(await readLines(simulator, candleKey('BTCUSDT', '2026-06-09'))).toHaveLength(1_440)
  })

  it('has other values in the rows that are named', async () => {
    const from = DAY_START + HOUR
    const rule = { kind: 'archive-other-values', path: DAY_KEY, from, to: from + 2 * MINUTE } as const
    const lines = await linesWith(rule, DAY_KEY)
    const changed = [...lines.keys()].filter((row) => lines[row] !== goodDay[row])
    expect(changed).toEqual([60, 61])
    const highOf = (line = ''): number => Math.round(Number(line.split(',')[2]) * 100)
    expect(highOf(lines[60]) - highOf(goodDay[60])).toBe(1)
  })

  it('of the metrics holds more contracts where it disagrees', async () => {
    const rule = {
      kind: 'archive-other-values',
      path: METRICS_KEY,
      from: DAY_START,
      to: DAY_START + 1,
    } as const
    const [first = '', ...others] = await linesWith(rule, METRICS_KEY)
    const interestOf = (line = ''): number => Number(line.split(',')[2])
    expect(interestOf(first) - interestOf(goodMetrics[0])).toBeCloseTo(1, 6)
    expect(others).toEqual(goodMetrics.slice(1))
  })

  it('holds every row twice, or the rows in another order', async () => {
    const doubled = await linesWith({ kind: 'archive-doubled', path: METRICS_KEY }, METRICS_KEY)
    expect(doubled).toEqual(goodMetrics.flatMap((line) => [line, line]))
    expect(await linesWith({ kind: 'archive-unsorted', path: DAY_KEY }, DAY_KEY)).toEqual(
      goodDay.toReversed(),
    )
  })

  it('of the metrics has cells without ratios, or no open interest', async () => {
    const window = { from: DAY_START + HOUR, to: DAY_START + HOUR + 5 * MINUTE }
    const changed = (edit: (cells: string[]) => string[]) =>
      goodMetrics.map((line, row) => (row === 12 ? edit(line.split(',')).join(',') : line))
    expect(
      await linesWith({ kind: 'archive-empty-cells', path: METRICS_KEY, ...window }, METRICS_KEY),
    ).toEqual(changed((cells) => [...cells.slice(0, 4), '', '', '', '']))
    const zero = '0.0000000000000000'
    expect(
      await linesWith({ kind: 'archive-zero-interest', path: METRICS_KEY, ...window }, METRICS_KEY),
    ).toEqual(changed((cells) => [...cells.slice(0, 2), zero, zero, ...cells.slice(4)]))
  })

  it('ends early', async () => {
    const rule = { kind: 'archive-lacks-rows', path: METRICS_KEY, from: DAY_START + 12 * HOUR } as const
    expect(await linesWith(rule, METRICS_KEY)).toEqual(goodMetrics.slice(0, 144))
  })

  it('lacks its first row, which the file of the day before holds', async () => {
    const goodNext = await readLines(simulator, NEXT_METRICS_KEY)
    const rule = { kind: 'archive-edge', path: NEXT_METRICS_KEY } as const
    expect(await linesWith(rule, NEXT_METRICS_KEY)).toEqual(goodNext.slice(1))
    expect(await readLines(simulator, METRICS_KEY)).toEqual([...goodMetrics, goodNext[0]])
  })

  it('is replaced: other rows, size, ETag and time', async () => {
    await using venue = await startBinanceSimulator({ clock: { startAt: NOW, rate: 0 } })
    const at = NOW + HOUR
    const window = { from: DAY_START, to: DAY_START + MINUTE }
    venue.setFaults([{ kind: 'archive-replaced', path: DAY_KEY, at, ...window }])
    const versions = async () => {
      const { objects } = await list(venue, { prefix: DAY_KEY })
      const checksum = (await fetchKey(venue, `${DAY_KEY}.CHECKSUM`)).bytes.toString().slice(0, 64)
      const { bytes } = await fetchKey(venue, DAY_KEY)
      expect([sha256(bytes), bytes.byteLength]).toEqual([checksum, objects[0]?.size])
      return { lines: await readLines(venue, DAY_KEY), objects }
    }
    const before = await versions()
    expect(before.lines[0]).not.toBe(goodDay[0])
    expect(before.lines.slice(1)).toEqual(goodDay.slice(1))
    venue.advance(HOUR)
    const after = await versions()
    expect(after.lines).toEqual(goodDay)
    for (const key of ['etag', 'modified'] as const)
      expect(after.objects.map((object) => object[key])).not.toEqual(
        before.objects.map((object) => object[key]),
      )
    expect(after.objects[0]?.size).not.toBe(before.objects[0]?.size)
    expect(after.objects[0]?.modified).toBe(new Date(at).toISOString())
  })

  it('lies there that nobody meant to publish', async () => {
    simulator.setFaults([{ kind: 'archive-stray', path: 'daily/metrics/BTCUSDT/' }])
    const folder = METRICS_KEY.slice(0, METRICS_KEY.lastIndexOf('/') + 1)
    const { objects } = await list(simulator, { prefix: `${folder}part-` })
    expect(objects.map(({ key }) => key.slice(folder.length))).toEqual([
      expect.stringMatching(/^part-00000-[0-9a-f]{8}-c000\.zip$/),
    ])
    const { status, bytes } = await fetchKey(simulator, objects[0]?.key ?? '')
    expect([status, bytes.byteLength]).toEqual([200, objects[0]?.size])
    simulator.setFaults([])
    expect((await fetchKey(simulator, objects[0]?.key ?? '')).status).toBe(404)
  })
})

describe('a rule about files', () => {
  it('is typed with days or milliseconds, and without keys of the others', () => {
    expect(parseFaultText('archive-lacks-rows:path=a.zip:from=2026-06-09:to=1781049600000')).toEqual({
      kind: 'archive-lacks-rows',
      path: 'a.zip',
      from: Date.UTC(2026, 5, 9),
      to: Date.UTC(2026, 5, 10),
    })
    expect(() => parseFaultText('archive-doubled:count=1')).toThrow('count: not a key of archive-doubled')
    expect(() => parseFaultText('500:at=2026-06-09')).toThrow('at: not a key of 500')
  })
})

describe('the statistics', () => {
  it('count files by key, refusals apart, bytes, and how many were on their way at once', async () => {
    await using venue = await startBinanceSimulator({ clock: { startAt: NOW, rate: 0 } })
    const files = [DAY_KEY, candleKey('ETHUSDT', '2026-08-01')]
    venue.setFaults([{ kind: 'slow', ms: 5 }])
    const fetched = await Promise.all(files.map((key) => fetchKey(venue, key)))
    venue.setFaults([])
    await fetchKey(venue, DAY_KEY)
    await fetchKey(venue, candleKey('BTCUSDT', '2019-01'))
    await list(venue, { 'max-keys': '1' })
    const size = fetched[0]?.bytes.byteLength ?? 0
    expect(venue.stats().archive).toEqual({
      listings: 1,
      files: { [DAY_KEY]: 2, [files[1] ?? '']: 1 },
      refused: { [candleKey('BTCUSDT', '2019-01')]: 1 },
      bytes: 2 * size + (fetched[1]?.bytes.byteLength ?? 0),
      mostAtOnce: 2,
    })
  })
})
