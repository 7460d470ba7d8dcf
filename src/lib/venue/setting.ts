/** What an interface has to be told that is no flag: its address, or a key. Declared by the folders of `src/venues`. */
export interface VenueSetting {
  /** Its name among all settings: `binanceRestUrl`. */
  readonly name: string
  readonly variable: string
  /** An encrypted address by its scheme, or a key, which never reaches an output. */
  readonly kind: 'https:' | 'wss:' | 'key'
  /** Undefined where nothing is to be asked there until it is given. */
  readonly defaultValue?: string
  /** For the manual. */
  readonly description: string
  /** What it is where the venue is simulated: the name under which that tells its address, or a value. */
  readonly simulated: { readonly address: string } | { readonly value: string }
}

/** What was given, by name; defaults filled in. */
export type VenueSettings = Readonly<Record<string, string | undefined>>
