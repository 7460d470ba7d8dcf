import { connect, toDatabaseError } from './connect.ts'

/** Names this database for ever, wherever it is reached and whatever it is called. */
export async function readIdentity(url: string): Promise<string> {
  const sql = connect(url, { max: 1 })
  try {
    const [row] = await sql<
      { identity: string }[]
    >`select identity from perp_identity order by identity limit 1`
    return row?.identity ?? 'unknown'
  } catch (error) {
    throw toDatabaseError(error, url)
  } finally {
    await sql.end({ timeout: 1 })
  }
}
