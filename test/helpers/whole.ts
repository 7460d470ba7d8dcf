/**
 * Whether the tests that repeat themselves run at full length: `WHOLE_TESTS=1`, which `.ci/run` sets. Without it
 * each of them does the same things fewer times.
 */
const isWhole = process.env.WHOLE_TESTS === '1'

export const whole = <Value>(atLength: Value, inShort: Value): Value => (isWhole ? atLength : inShort)
