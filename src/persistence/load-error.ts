/** A file can't be loaded. */
import { AofError, type AofErrorCode } from './aof/aof-error.ts';
import { RdbError, type RdbErrorCode } from './rdb/rdb-error.ts';

export class LoadError extends Error {
  override readonly name = 'LoadError';
  readonly code: RdbErrorCode | AofErrorCode;
  readonly path: string;
  /** What is wrong begins here. */
  readonly offset: number;
  readonly reason: string;

  constructor(path: string, { code, offset, reason }: RdbError | AofError) {
    super(`${path}: ${reason} at offset ${offset}`);
    this.code = code;
    this.path = path;
    this.offset = offset;
    this.reason = reason;
  }

  /** The error of a file from what reading it has thrown, which may be one already, or none at all. */
  static of(path: string, error: unknown): unknown {
    return error instanceof RdbError || error instanceof AofError ? new LoadError(path, error) : error;
  }
}
