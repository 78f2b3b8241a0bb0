/**
 * What commands may ask of whatever turns values into portable bytes and back: DUMP, RESTORE and their like. The engine
 * satisfies it.
 */
import type { Database } from '../keyspace/database.ts';
import type { Pointer } from '../keyspace/key-entry.ts';
import type { Slice } from '../lib/slice.ts';

export interface PayloadService {
  /** Whether {@link decode} looks at checksums. */
  checksChecksums: boolean;
  /** An entry's value with a version and a checksum. */
  dump(entry: Pointer): Uint8Array;
  /**
   * Decodes a payload. The value waits for one of the two methods below; until then the payload must stay as it is.
   *
   * @throws {ReplyError} when it is none, damaged, or does not fit into memory
   */
  decode(payload: Slice): void;
  /** Puts the decoded value under a key that does not exist. */
  attach(database: Database, key: Slice, deadlineMs: number): void;
  /** Frees the decoded value. */
  discard(): void;
}
