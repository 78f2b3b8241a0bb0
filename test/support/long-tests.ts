/**
 * Tests that are repeated until nothing is likely to be left: `npm run test:long` has them do so often what CI does a
 * few times.
 */
export const isLong: boolean = process.env['TEST_LONG'] === '1';

/** How often something is done: in CI, and by command. */
export function rounds(usual: number, long: number): number {
  return isLong ? long : usual;
}
