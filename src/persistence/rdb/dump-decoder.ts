/**
 * Reads the payloads of DUMP: see format.ts. A payload is decoded first, and its value then put under a key or
 * discarded.
 */
import type { Database } from '../../keyspace/database.ts';
import type { Keyspace } from '../../keyspace/keyspace.ts';
import { Crc64 } from '../../lib/crc64.ts';
import { Slice } from '../../lib/slice.ts';
import {
  CHECKSUM_BYTES,
  DUMP_FOOTER_BYTES,
  NEWEST_VERSION,
  OLDEST_VERSION,
  RDB_STRING,
  VALKEY_VERSION,
} from './format.ts';
import { RdbError } from './rdb-error.ts';
import { RdbReader } from './rdb-reader.ts';
import { ValueDecoder } from './value-decoder.ts';

/** Room for an entry and its way into the table, beyond its string. */
const ENTRY_HEADROOM_BYTES = 64 * 1024;

export class DumpDecoder {
  private readonly keyspace: Keyspace;
  private readonly reader = new RdbReader(0);
  private readonly values: ValueDecoder;
  private readonly crc = new Crc64();
  private readonly text = new Slice(new Uint8Array(0), 0, 0);
  private isString = false;

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
    this.values = new ValueDecoder(keyspace, this.reader);
  }

  /** True when a payload has a version that is known, and the right checksum, unless that does not matter. */
  isSound({ bytes, start, end }: Slice, checksChecksum = true): boolean {
    if (end - start < DUMP_FOOTER_BYTES) return false;
    const checksumAt = end - CHECKSUM_BYTES;
    if (!isKnownVersion(bytes[checksumAt - 2] | (bytes[checksumAt - 1] << 8))) return false;
    if (!checksChecksum) return true;
    this.crc.reset();
    this.crc.update(bytes, start, checksumAt);
    return this.crc.matches(bytes, checksumAt);
  }

  /**
   * Decodes a payload, which must be sound and stay as it is until the value is attached or discarded.
   *
   * @throws {RdbError}
   */
  decode({ bytes, start, end }: Slice): void {
    const { reader, values } = this;
    reader.openBytes(bytes, start, end - DUMP_FOOTER_BYTES);
    const rdbType = reader.byte();
    this.isString = rdbType === RDB_STRING;
    if (this.isString) {
      reader.string(this.text);
      if (this.keyspace.heap.reserve(2 * this.text.length + ENTRY_HEADROOM_BYTES)) return;
      throw new RdbError('RDB_OUT_OF_MEMORY', reader.offset, 'out of memory');
    }
    values.begin(rdbType, 0);
    while (!values.step());
    if (!values.isEmpty) return;
    values.discard();
    throw reader.damaged('a value without elements');
  }

  /** Puts the value under a key that does not exist. */
  attach(database: Database, key: Slice, deadlineMs: number): void {
    database.find(key);
    if (this.isString) database.addString(key, this.text, deadlineMs);
    else this.values.attach(database, key, deadlineMs);
  }

  /** Frees the value. */
  discard(): void {
    this.values.discard();
  }
}

/** True for the versions of files and payloads that are read. */
export function isKnownVersion(version: number): boolean {
  return (version >= OLDEST_VERSION && version <= NEWEST_VERSION) || version === VALKEY_VERSION;
}
