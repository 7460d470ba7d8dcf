import type { Part } from './figure.ts'
import type { Ground } from './ground.ts'
import { measureStreamDay } from './stream-day.ts'
import { measureLiveStream } from './stream-live.ts'
import { measureStreamSpeed } from './stream-speed.ts'

/** The live stream: as fast as it goes, as long as a day, and as wide as the venue. */
export async function measureStream(ground: Ground): Promise<Part> {
  const speed = await measureStreamSpeed(ground)
  const day = await measureStreamDay(ground)
  const live = await measureLiveStream(ground)
  return {
    figures: [speed, live, day].flatMap(({ figures }) => figures),
    details: { speed: speed.details, live: live.details, day: day.details },
  }
}
