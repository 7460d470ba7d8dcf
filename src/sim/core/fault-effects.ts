import { createHash } from 'node:crypto'
import { MINUTE } from '../../lib/model/window.ts'
import { type Answer, bytesOf, type Refusals, type RowShape } from './answer.ts'
import type { Fault, FaultKind } from './faults.ts'
import { isRowFault, spoilRows } from './row-faults.ts'

export type Manner = 'whole' | 'reset' | 'reset-early' | 'hang' | 'slow' | 'cut'

/** An answer and how it is sent. */
export interface Delivery {
  readonly answer: Answer
  readonly manner: Manner
  /** Between the drops of a slow answer. */
  readonly pauseMs: number
  /** The address is to be banned until then. */
  readonly banUntil?: number
}

export interface FaultScene {
  readonly address: string
  readonly now: number
  readonly refusals: Refusals
  readonly shape: RowShape | undefined
  readonly retryAfterPool: Parameters<Refusals['limited']>[1]
  /** The answer that a good venue gives. */
  answer(): Answer
  /** The answer to the same question without its window. */
  tail(): Answer
}

const PAGE =
  '<!DOCTYPE html>\r\n<html><head><title>Service unavailable</title></head><body><h1>Sorry</h1></body></html>\r\n'
const GARBAGE = '[[1700000000000,"1.0",<<>>'
const WRONG_SHAPES = ['{"data":[],"success":true}', '[[1700000000000,"1.0"],[1700000060000]]']

/** What a file of checksums begins with: that of another file in its place. */
const CHECKSUM = /^[0-9a-f]{64}(?= )/
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

type Effect = (fault: Fault, scene: FaultScene) => Answer

const html: Effect = ({ rule }) => ({
  status: rule.status ?? 502,
  body: PAGE,
  headers: { 'content-type': 'text/html' },
})

const retryAfter = (answer: Answer, seconds: number | undefined): Answer =>
  seconds === undefined
    ? answer
    : { ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } }

const banEnd = ({ rule }: Fault, now: number): number => now + (rule.ms ?? 2 * MINUTE)

const EFFECTS: Partial<Record<FaultKind, Effect>> = {
  html,
  empty: () => ({ status: 200, body: '' }),
  'garbage-json': () => ({ status: 200, body: GARBAGE }),
  'wrong-shape': ({ fired }) => ({ status: 200, body: WRONG_SHAPES[fired % 2] ?? '' }),
  'truncated-json': (_, { answer }) => {
    const good = answer()
    const bytes = bytesOf(good.body)
    return { ...good, body: bytes.subarray(0, Math.max(1, Math.floor(bytes.byteLength * 0.6))) }
  },
  'stale-checksum': (_, { answer }) => {
    const good = answer()
    return { ...good, body: bytesOf(good.body).toString().replace(CHECKSUM, hashOf) }
  },
  shifted: (_, { tail }) => tail(),
  '429': (_, { refusals, address, retryAfterPool }) => refusals.limited(address, retryAfterPool),
  '418': (fault, { refusals, address, now }) => refusals.banned(address, banEnd(fault, now)),
}

/** What a request gets that meets `fault`. */
export function applyFault(fault: Fault, scene: FaultScene): Delivery {
  const { kind, ms = 250 } = fault.rule
  const whole = { manner: 'whole', pauseMs: 0 } as const
  if (kind === 'reset-early' || kind === 'hang') {
    return { answer: { status: 0, body: '' }, manner: kind, pauseMs: 0 }
  }
  if (kind === 'reset' || kind === 'slow' || kind === 'cut') {
    return { answer: scene.answer(), manner: kind, pauseMs: ms }
  }
  if (isRowFault(kind)) return { ...whole, answer: spoiled(fault, scene) }
  const answer = retryAfter(EFFECTS[kind]?.(fault, scene) ?? refused(fault, scene), fault.rule.retryAfter)
  return kind === '418' ? { ...whole, answer, banUntil: banEnd(fault, scene.now) } : { ...whole, answer }
}

function spoiled({ rule, fired }: Fault, { answer, shape }: FaultScene): Answer {
  const good = answer()
  if (!shape || good.status !== 200) return good
  return { ...good, body: spoilRows(rule.kind, bytesOf(good.body).toString(), shape, fired) }
}

function refused({ rule, fired }: Fault, { refusals }: FaultScene): Answer {
  switch (rule.kind) {
    case '500':
    case '503':
    case '408':
    case '403':
    case '451':
    case '202-challenge':
      return refusals.refuse(rule.kind, rule.variant ?? fired)
    default:
      throw new RangeError(`fault ${rule.kind} has no effect`)
  }
}
