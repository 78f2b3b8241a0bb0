/**
 * Values as payloads of DUMP, and back.
 */
import type { Database } from '../keyspace/database.ts';
import type { Pointer } from '../keyspace/key-entry.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { Slice } from '../lib/slice.ts';
import { errors } from '../protocol/errors.ts';
import { DumpDecoder } from './rdb/dump-decoder.ts';
import { DumpEncoder } from './rdb/dump-payload.ts';
import { RdbError } from './rdb/rdb-error.ts';

export class Payloads {
  /** DEBUG SET-SKIP-CHECKSUM-VALIDATION clears it. */
  checksChecksums = true;
  private readonly keyspace: Keyspace;
  private readonly log: (message: string) => void;
  /** Made with the first payload: few servers ever see one. */
  private encoder: DumpEncoder | null = null;
  private decoder: DumpDecoder | null = null;
  private compressing = true;

  /** @param log told what is wrong with payloads that are refused */
  constructor(keyspace: Keyspace, log: (message: string) => void) {
    this.keyspace = keyspace;
    this.log = log;
  }

  /** `rdbcompression`. */
  set compression(value: boolean) {
    if (value !== this.compressing) this.encoder = null;
    this.compressing = value;
  }

  dump(entry: Pointer): Uint8Array {
    this.encoder ??= new DumpEncoder(this.keyspace.heap, this.compressing);
    return this.encoder.dump(entry);
  }

  decode(payload: Slice): void {
    this.decoder ??= new DumpDecoder(this.keyspace);
    if (!this.decoder.isSound(payload, this.checksChecksums)) throw errors.badDump;
    try {
      this.decoder.decode(payload);
    } catch (error) {
      if (!(error instanceof RdbError)) throw error;
      this.log(`A payload can not be restored: ${error.message}`);
      throw error.code === 'RDB_OUT_OF_MEMORY' ? errors.oom : errors.badData;
    }
  }

  attach(database: Database, key: Slice, deadlineMs: number): void {
    this.decoder?.attach(database, key, deadlineMs);
  }

  discard(): void {
    this.decoder?.discard();
  }
}
