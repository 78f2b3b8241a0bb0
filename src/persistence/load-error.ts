/** A file can't be loaded. */
import { basename } from 'node:path';
import { AofError, type AofErrorCode } from './aof/aof-error.ts';
import { RdbError, type RdbErrorCode } from './rdb/rdb-error.ts';

export class LoadError extends Error {
  override readonly name = 'LoadError';
  readonly code: RdbErrorCode | AofErrorCode;
  readonly path: string;
  /** What is wrong begins here. */
  readonly offset: number;
  readonly reason: string;
  /** What is to be logged last, if anything: see {@link AofError}. */
  readonly advice: string | null;

  constructor(path: string, error: RdbError | AofError) {
    const { code, offset, reason } = error;
    super(`${path}: ${reason} at offset ${offset}`);
    this.advice = error instanceof AofError ? adviceOf(path, error) : null;
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

function adviceOf(path: string, { advice, code }: AofError): string | null {
  if (advice !== null || code !== 'AOF_DAMAGED') return advice;
  const file = basename(path);
  return `Bad file format reading the append only file ${file}: make a backup of your AOF file, then use respd --check-aof --fix <filename.manifest>, or set aof-load-corrupt-policy to rdb-fallback`;
}
