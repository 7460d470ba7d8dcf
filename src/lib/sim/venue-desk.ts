import type { Answer, Refusals, RowShape } from './answer.ts'
import type { VenueClock } from './clock.ts'
import { applyFault, type Delivery } from './fault-effects.ts'
import type { FaultPlan } from './faults.ts'
import type { Cost, Limiter, Verdict } from './limiter.ts'
import type { LimitPool } from './meter.ts'
import type { RequestRecord, StatsCounter } from './stats.ts'

/** One endpoint of a simulated venue. */
export interface Route {
  readonly path: string
  cost(query: URLSearchParams): Cost
  answer(query: URLSearchParams): Answer
  /** How its rows look; absent where an answer is no list of rows. */
  readonly shape?: RowShape
}

export interface DeskOptions {
  readonly routes: readonly Route[]
  readonly refusals: Refusals
  readonly clock: VenueClock
  readonly limiter: Limiter
  readonly faults: FaultPlan
  readonly stats: StatsCounter
  /** What a request to an unknown path costs. */
  readonly unknownCost: Cost
  readonly hasRetryAfter: boolean
}

export interface Question {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly address: string
}

/** Decides what a request gets: limits first, then faults, then the venue's own answer. */
export class VenueDesk {
  readonly #options: DeskOptions
  readonly #routes: ReadonlyMap<string, Route>

  constructor(options: DeskOptions) {
    this.#options = options
    this.#routes = new Map(options.routes.map((route) => [route.path, route]))
  }

  decide(question: Question): Delivery {
    const { clock, limiter, stats, unknownCost } = this.#options
    const now = clock.now()
    const route = question.method === 'GET' ? this.#routes.get(question.path) : undefined
    const cost = route ? route.cost(question.query) : unknownCost
    const verdict = limiter.take(question.address, cost, now)
    stats.countWeight(question.address, cost.weight, now)
    const delivery =
      verdict.kind === 'pass'
        ? this.#admit(question, route, verdict, now)
        : { delivery: whole(this.#refuse(question.address, verdict, now)), fault: null }
    this.#count(question, route !== undefined, delivery, now)
    return delivery.delivery
  }

  #admit(question: Question, route: Route | undefined, verdict: Verdict & { kind: 'pass' }, now: number) {
    const { faults, limiter } = this.#options
    const symbol = question.query.get('symbol')
    const fault = faults.next({ path: question.path, symbol, address: question.address })
    const answer = (): Answer => this.#answer(question, route, question.query)
    const scene = {
      address: question.address,
      now,
      refusals: this.#options.refusals,
      shape: route?.shape,
      retryAfterPool: verdict.pool,
      answer,
      tail: () => this.#answer(question, route, withoutWindow(question.query)),
    }
    const delivery: Delivery = fault ? applyFault(fault, scene) : whole(answer())
    if (delivery.banUntil !== undefined) limiter.ban(question.address, delivery.banUntil)
    return { delivery: withUsed(delivery, verdict.pool, verdict.used), fault: fault?.rule.kind ?? null }
  }

  #answer(question: Question, route: Route | undefined, query: URLSearchParams): Answer {
    return route ? route.answer(query) : this.#options.refusals.unknownPath(question.method, question.path)
  }

  #refuse(address: string, verdict: Exclude<Verdict, { kind: 'pass' }>, now: number): Answer {
    const { refusals, stats, clock, hasRetryAfter } = this.#options
    const isLimited = verdict.kind === 'limited'
    stats.countViolation(isLimited || verdict.isNew ? 'limited' : 'whileBanned')
    const answer = isLimited
      ? refusals.limited(address, verdict.pool)
      : refusals.banned(address, verdict.until)
    const waitMs = (isLimited ? verdict.freeInMs : verdict.until - now) / (clock.rate || 1)
    const headers = {
      ...(isLimited && verdict.pool.header ? { [verdict.pool.header]: String(verdict.used) } : {}),
      ...(hasRetryAfter ? { 'retry-after': String(Math.ceil(waitMs / 1_000)) } : {}),
    }
    return { ...answer, headers: { ...answer.headers, ...headers } }
  }

  #count(
    { path, query, address }: Question,
    isKnown: boolean,
    { delivery, fault }: { delivery: Delivery; fault: string | null },
    now: number,
  ): void {
    const { status, rows = 0 } = delivery.answer
    const record = (): RequestRecord => ({
      at: now,
      address,
      path,
      query: Object.fromEntries(query),
      status,
      rows,
      fault,
    })
    this.#options.stats.countRequest(record, isKnown ? path : '(unknown)', rows, fault)
  }
}

const whole = (answer: Answer): Delivery => ({ answer, manner: 'whole', pauseMs: 0 })

function withUsed(delivery: Delivery, pool: LimitPool, used: number): Delivery {
  if (!pool.header) return delivery
  const headers = { ...delivery.answer.headers, [pool.header]: String(used) }
  return { ...delivery, answer: { ...delivery.answer, headers } }
}

function withoutWindow(query: URLSearchParams): URLSearchParams {
  const copy = new URLSearchParams(query)
  copy.delete('startTime')
  copy.delete('endTime')
  return copy
}
