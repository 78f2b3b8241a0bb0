/** What is wrong with an append-only file. */
import { systemErrorText } from '../../lib/system-error.ts';

export type AofErrorCode =
  /** The manifest makes no sense. */
  | 'AOF_MANIFEST_INVALID'
  /** A file that the manifest lists is not there. */
  | 'AOF_MISSING'
  | 'AOF_UNREADABLE'
  | 'AOF_UNWRITABLE'
  /** What stands in the file can't be right. */
  | 'AOF_DAMAGED'
  /** The file ends in the middle of a command or a transaction. */
  | 'AOF_TRUNCATED';

export class AofError extends Error {
  override readonly name = 'AofError';
  readonly code: AofErrorCode;
  /** What is wrong begins here. */
  readonly offset: number;
  readonly reason: string;
  /** For a server that can't start because of it: what is to be logged last, in Redis's words; null for the usual. */
  readonly advice: string | null;

  constructor(code: AofErrorCode, offset: number, reason: string, advice: string | null = null) {
    super(`${reason} at offset ${offset}`);
    this.advice = advice;
    this.code = code;
    this.offset = offset;
    this.reason = reason;
  }

  /** Files that can't be written to, for the reason that was thrown. */
  static unwritable(cause: unknown): AofError {
    return new AofError('AOF_UNWRITABLE', 0, `Can't open the append-only file: ${systemErrorText(cause)}`);
  }

  /** A file that the system does not let us read, for the reason that it has thrown. */
  static unreadable(offset: number, cause: unknown): AofError {
    return new AofError('AOF_UNREADABLE', offset, systemErrorText(cause));
  }
}
