/**
 * A broken invariant: the program, not its input, is wrong. It is never answered to a client; the server that
 * meets one stops.
 */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws {@link InvariantError} unless `condition` holds. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** For the branch that cannot be reached. */
export function unreachable(message: string): never {
  throw new InvariantError(message);
}
