import type { IncomingHttpHeaders } from 'node:http'
import type { Answer, Refusals, RowShape } from './answer.ts'
import type { VenueClock } from './clock.ts'
import { applyFault, type Delivery } from './fault-effects.ts'
import type { FaultPlan } from './faults.ts'
import type { Cost, Limiter, Verdict } from './limiter.ts'
import type { LimitPool } from './meter.ts'
import type { RequestRecord, StatsCounter } from './stats.ts'

/** One endpoint of a simulated venue. */
export interface Route {
  /** Below the desk's prefix. */
  readonly path: string
  cost(query: URLSearchParams): Cost
  answer(query: URLSearchParams): Answer
  /** The answer to the same question without its window; default: without `startTime` and `endTime`. */
  tail?(query: URLSearchParams): Answer
  /** How its rows look; absent where an answer is no list of rows. */
  readonly shape?: RowShape
  /** Where no parameter names the symbol: the one that it is about. */
  readonly symbol?: string
}

export interface DeskOptions {
  readonly routes: readonly Route[]
  /** The route of an endpoint that is not among them. */
  readonly findRoute?: (endpoint: string) => Route | undefined
  readonly refusals: Refusals
  readonly clock: VenueClock
  readonly limiter: Limiter
  readonly faults: FaultPlan
  readonly stats: StatsCounter
  /** What a request to an unknown path costs. */
  readonly unknownCost: Cost
  readonly hasRetryAfter: boolean
  /** How Retry-After tells a wait in milliseconds; default: in whole seconds, rounded up. */
  readonly formatWait?: (waitMs: number) => string
  /**
   * Who pays for a request, in words that may be shown (never a key), or the answer to one for which nobody pays;
   * default: its address.
   */
  readonly identify?: (question: Question) => string | Answer
}

export interface Question {
  readonly method: string
  /** As sent: what fault rules and statistics go by. */
  readonly path: string
  /** The path below the desk's prefix. */
  readonly endpoint: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders
  readonly address: string
}

/** Parameters that are never recorded. */
const SECRETS: ReadonlySet<string> = new Set(['api_key'])

/** What a question got, and what it is counted as. */
interface Decision {
  readonly delivery: Delivery
  readonly fault: string | null
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
    const now = this.#options.clock.now()
    const route = question.method === 'GET' ? this.#routeOf(question.endpoint) : undefined
    const payer = this.#options.identify?.(question) ?? question.address
    const decision =
      typeof payer === 'string'
        ? this.#charge(question, route, payer, now)
        : { delivery: whole(payer), fault: null }
    this.#count(question, route !== undefined, decision, now)
    return decision.delivery
  }

  #routeOf(endpoint: string): Route | undefined {
    return this.#routes.get(endpoint) ?? this.#options.findRoute?.(endpoint)
  }

  #charge(question: Question, route: Route | undefined, payer: string, now: number): Decision {
    const { limiter, stats, unknownCost } = this.#options
    const cost = route ? route.cost(question.query) : unknownCost
    const verdict = limiter.take(payer, cost, now)
    stats.countWeight(payer, cost.weight, now)
    if (verdict.kind === 'pass') return this.#admit(question, route, { payer, verdict, now })
    return { delivery: whole(this.#refuse(payer, verdict, now)), fault: null }
  }

  #admit(
    question: Question,
    route: Route | undefined,
    { payer, verdict, now }: { payer: string; verdict: Verdict & { kind: 'pass' }; now: number },
  ): Decision {
    const { faults, limiter, refusals } = this.#options
    const { path, query, address } = question
    const fault = faults.next({ path, symbol: symbolOf(query) ?? route?.symbol ?? null, address })
    const answer = (): Answer => this.#answer(question, route, query)
    const scene = {
      address: payer,
      now,
      refusals,
      shape: route?.shape,
      retryAfterPool: verdict.pool,
      answer,
      tail: () => route?.tail?.(query) ?? this.#answer(question, route, withoutWindow(query)),
    }
    const delivery: Delivery = fault ? applyFault(fault, scene) : whole(answer())
    if (delivery.banUntil !== undefined) limiter.ban(payer, delivery.banUntil)
    return { delivery: withUsed(delivery, verdict.pool, verdict.used), fault: fault?.rule.kind ?? null }
  }

  #answer(question: Question, route: Route | undefined, query: URLSearchParams): Answer {
    if (route) return route.answer(query)
    return this.#options.refusals.unknownPath(question.method, question.endpoint)
  }

  #refuse(payer: string, verdict: Exclude<Verdict, { kind: 'pass' }>, now: number): Answer {
    const { refusals, stats, clock, hasRetryAfter, formatWait = inWholeSeconds } = this.#options
    const isLimited = verdict.kind === 'limited'
    stats.countViolation(isLimited || verdict.isNew ? 'limited' : 'whileBanned')
    const answer = isLimited ? refusals.limited(payer, verdict.pool) : refusals.banned(payer, verdict.until)
    const waitMs = (isLimited ? verdict.freeInMs : verdict.until - now) / (clock.rate || 1)
    const headers = {
      ...(isLimited && verdict.pool.header ? { [verdict.pool.header]: String(verdict.used) } : {}),
      ...(hasRetryAfter ? { 'retry-after': formatWait(waitMs) } : {}),
    }
    return { ...answer, headers: { ...answer.headers, ...headers } }
  }

  #count(
    { path, query, address }: Question,
    isKnown: boolean,
    { delivery, fault }: Decision,
    now: number,
  ): void {
    const { status, rows = 0 } = delivery.answer
    const record = (): RequestRecord => ({
      at: now,
      address,
      path,
      query: Object.fromEntries([...query].filter(([name]) => !SECRETS.has(name.toLowerCase()))),
      status,
      rows,
      fault,
    })
    this.#options.stats.countRequest(record, isKnown ? path : '(unknown)', rows, fault)
  }
}

const symbolOf = (query: URLSearchParams): string | null =>
  query.get('symbol') ?? query.get('symbols') ?? query.get('pair')

const inWholeSeconds = (waitMs: number): string => String(Math.ceil(waitMs / 1_000))

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
