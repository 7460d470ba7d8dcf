import * as z from 'zod'

const listing = z.object({
  symbols: z.array(
    z.object({ symbol: z.string(), contractType: z.string(), quoteAsset: z.string(), status: z.string() }),
  ),
})

/** The symbols that `--symbols all` means, contracts on other things than coins too. */
export async function listTradable(restUrl: string): Promise<string[]> {
  const { symbols } = listing.parse(await (await fetch(`${restUrl}/fapi/v1/exchangeInfo`)).json())
  return symbols
    .filter(({ contractType, quoteAsset, status }) => {
      return contractType.endsWith('PERPETUAL') && quoteAsset === 'USDT' && status === 'TRADING'
    })
    .map(({ symbol }) => symbol)
}
