import type { VenueSetting } from '../../lib/venue/setting.ts'

export const REST_URL = 'binanceRestUrl'
export const WS_URL = 'binanceWsUrl'
export const ARCHIVE_URL = 'binanceArchiveUrl'
export const ARCHIVE_LIST_URL = 'binanceArchiveListUrl'

export const BINANCE_SETTINGS: readonly VenueSetting[] = [
  {
    name: REST_URL,
    variable: 'PERPCTL_BINANCE_REST_URL',
    kind: 'https:',
    defaultValue: 'https://fapi.binance.com',
    description: 'REST interface of Binance; another one only to reach a simulated venue or a mirror',
    simulated: { address: 'restUrl' },
  },
  {
    name: WS_URL,
    variable: 'PERPCTL_BINANCE_WS_URL',
    kind: 'wss:',
    defaultValue: 'wss://fstream.binance.com',
    description: 'live feed of Binance; likewise',
    simulated: { address: 'wsUrl' },
  },
  {
    name: ARCHIVE_URL,
    variable: 'PERPCTL_BINANCE_ARCHIVE_URL',
    kind: 'https:',
    defaultValue: 'https://data.binance.vision',
    description: 'files of the bulk archive of Binance; likewise',
    simulated: { address: 'archiveUrl' },
  },
  {
    name: ARCHIVE_LIST_URL,
    variable: 'PERPCTL_BINANCE_ARCHIVE_LIST_URL',
    kind: 'https:',
    defaultValue: 'https://s3-ap-northeast-1.amazonaws.com/data.binance.vision',
    description: 'listing of that archive; likewise',
    simulated: { address: 'archiveUrl' },
  },
]
