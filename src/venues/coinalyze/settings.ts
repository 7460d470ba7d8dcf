import type { VenueSetting } from '../../lib/venue/setting.ts'

export const URL_NAME = 'coinalyzeUrl'
export const KEY_NAME = 'coinalyzeKey'

export const COINALYZE_SETTINGS: readonly VenueSetting[] = [
  {
    name: URL_NAME,
    variable: 'PERPCTL_COINALYZE_URL',
    kind: 'https:',
    defaultValue: 'https://api.coinalyze.net/v1',
    description: 'interface of Coinalyze; another one only to reach a simulated venue or a mirror',
    simulated: { address: 'coinalyzeUrl' },
  },
  {
    name: KEY_NAME,
    variable: 'COINALYZE_KEY',
    kind: 'key',
    description: 'key for liquidations, free at https://coinalyze.net/account/api-key/; masked in all output',
    // Any key opens the simulated one.
    simulated: { value: 'simulated' },
  },
]
