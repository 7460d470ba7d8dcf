import { DAY } from '../../src/lib/model/window.ts'
import { type CoinalyzeOptions, startSimulator, type VenueSimulator } from '../../src/sim/index.ts'
import { ask, type Parameters, type Reply } from './simulator.ts'

export const NOW = Date.UTC(2026, 4, 3, 12) + 30_500
export const OPEN_MINUTE = NOW - 30_500
export const BTC = 'BTCUSDT_PERP.A'
export const KEY = { api_key: 'k' }

export interface HistoryRow {
  readonly t: number
  readonly l: number
  readonly s: number
}
export type Histories = readonly { readonly symbol: string; readonly history: readonly HistoryRow[] }[]

/** A simulated Coinalyze whose clock stands still in the middle of a minute. */
export const startCoinalyze = (coinalyze: CoinalyzeOptions = {}) =>
  startSimulator({ clock: { startAt: NOW, rate: 0 }, recordsRequests: true, coinalyze })

export const askFor = (
  simulator: VenueSimulator,
  path: string,
  parameters: Parameters = {},
): Promise<Reply> => ask(`${simulator.coinalyzeUrl}/${path}`, { ...KEY, ...parameters })

/** The minutes of the last day, the open one too. */
export const lastDay = { interval: '1min', from: (OPEN_MINUTE - DAY) / 1_000, to: OPEN_MINUTE / 1_000 }

export const askHistory = (simulator: VenueSimulator, parameters: Parameters = {}): Promise<Reply> =>
  askFor(simulator, 'liquidation-history', { symbols: BTC, ...lastDay, ...parameters })

export async function readHistories(
  simulator: VenueSimulator,
  parameters: Parameters = {},
): Promise<Histories> {
  const reply = await askHistory(simulator, parameters)
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.text}`)
  return JSON.parse(reply.text)
}

export const readRows = async (
  simulator: VenueSimulator,
  parameters?: Parameters,
): Promise<readonly HistoryRow[]> => (await readHistories(simulator, parameters))[0]?.history ?? []

export const toRow = ({ t, long, short }: { t: number; long: string; short: string }): HistoryRow => ({
  t: t / 1_000,
  l: Number(long),
  s: Number(short),
})
