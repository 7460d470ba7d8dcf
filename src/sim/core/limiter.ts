import { DAY, MINUTE } from '../../lib/model/window.ts'
import { createMeter, type LimitPool, type Meter, type WindowKind } from './meter.ts'

export interface LimiterOptions {
  readonly pools: readonly LimitPool[]
  readonly isEnforced: boolean
  readonly window: WindowKind
  /** 429 answers to one payer in one window before it is banned; infinite: never. */
  readonly ignoredBeforeBan: number
}

export interface Cost {
  readonly pool: string
  readonly weight: number
}

export type Verdict =
  | { readonly kind: 'pass'; readonly pool: LimitPool; readonly used: number }
  | { readonly kind: 'limited'; readonly pool: LimitPool; readonly used: number; readonly freeInMs: number }
  | { readonly kind: 'banned'; readonly until: number; readonly isNew: boolean }

interface PayerState {
  readonly meters: Map<string, Meter>
  refusals: number
  /** Pool and window in which `refusals` were counted. */
  refusedIn: string
  bannedUntil: number
  bans: number
}

const FIRST_BAN = 2 * MINUTE
const LONGEST_BAN = 3 * DAY

/** Meters every pool for each who pays (an address, a key); who goes on while refused is banned, each time longer. */
export class Limiter {
  readonly #options: LimiterOptions
  readonly #pools: ReadonlyMap<string, LimitPool>
  readonly #payers = new Map<string, PayerState>()

  constructor(options: LimiterOptions) {
    this.#options = options
    this.#pools = new Map(options.pools.map((pool) => [pool.name, pool]))
  }

  take(payer: string, cost: Cost, now: number): Verdict {
    const state = this.#stateOf(payer)
    if (now < state.bannedUntil) return { kind: 'banned', until: state.bannedUntil, isNew: false }
    const pool = this.#pools.get(cost.pool)
    if (!pool) throw new RangeError(`no limit pool ${cost.pool}`)
    const meter = this.#meterOf(state, pool)
    const used = meter.add(cost.weight, now)
    if (!this.#options.isEnforced || used <= pool.limit) return { kind: 'pass', pool, used }
    return this.#refuse(state, pool, { used, freeInMs: meter.freeIn(now) }, now)
  }

  /** Answers everything from this payer with a ban until then. */
  ban(payer: string, until: number): void {
    this.#stateOf(payer).bannedUntil = until
  }

  #refuse(
    state: PayerState,
    pool: LimitPool,
    told: { used: number; freeInMs: number },
    now: number,
  ): Verdict {
    const window = `${pool.name} ${Math.floor(now / pool.windowMs)}`
    if (window !== state.refusedIn) state.refusals = 0
    state.refusedIn = window
    state.refusals += 1
    if (state.refusals <= this.#options.ignoredBeforeBan) return { kind: 'limited', pool, ...told }
    state.bannedUntil = now + Math.min(FIRST_BAN * 2 ** state.bans, LONGEST_BAN)
    state.bans += 1
    state.refusals = 0
    return { kind: 'banned', until: state.bannedUntil, isNew: true }
  }

  #meterOf(state: PayerState, pool: LimitPool): Meter {
    const known = state.meters.get(pool.name)
    if (known) return known
    const meter = createMeter(this.#options.window, pool.windowMs)
    state.meters.set(pool.name, meter)
    return meter
  }

  #stateOf(payer: string): PayerState {
    const known = this.#payers.get(payer)
    if (known) return known
    const state: PayerState = { meters: new Map(), refusals: 0, refusedIn: '', bannedUntil: 0, bans: 0 }
    this.#payers.set(payer, state)
    return state
  }
}
