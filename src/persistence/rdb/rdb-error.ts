/** What is wrong with a file or a payload, and where. */

export type RdbErrorCode =
  /** It is not what the format allows, or its checksum is wrong. */
  | 'RDB_DAMAGED'
  /** It is of a version, or holds something, that this server does not know. */
  | 'RDB_UNSUPPORTED'
  /** The system could not read it. */
  | 'RDB_UNREADABLE'
  /** It does not fit into memory. */
  | 'RDB_OUT_OF_MEMORY';

export class RdbError extends Error {
  override readonly name = 'RdbError';
  readonly code: RdbErrorCode;
  /** How many bytes were read before what is wrong. */
  readonly offset: number;
  readonly reason: string;

  constructor(code: RdbErrorCode, offset: number, reason: string, cause?: unknown) {
    super(`${reason} at offset ${offset}`, cause === undefined ? {} : { cause });
    this.code = code;
    this.offset = offset;
    this.reason = reason;
  }
}
