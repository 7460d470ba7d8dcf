/** Rows in the form in which the store that made it takes them; nobody else can read it. */
export interface EncodedRows {
  readonly count: number
}
