/** How a person may write a symbol: `BTCUSDT`, `BTC-USDT-SWAP`, `BTC/USDT:USDT`, `kPEPE`, `xyz:NVDA`, `@107`, `币安人生USDT`. */
export const WRITTEN_SYMBOL = /^[\p{L}\p{N}@_/:.-]{1,40}$/u

/** How venues write theirs: what is not listed may have been, and is worth asking for. */
export const VENUE_SYMBOL = /^[\p{L}\p{N}@_:-]+$/u
