/**
 * Reads values of all types and encodings of RDB versions 1 to 12, but for streams and modules' values, which are
 * refused.
 *
 * Strings are the callers' affair: they need no structure. Everything else is read in steps: see {@link TypeDecoder}.
 */
import type { Database } from '../../keyspace/database.ts';
import { NULL, type Pointer } from '../../keyspace/key-entry.ts';
import type { Keyspace } from '../../keyspace/keyspace.ts';
import { invariant } from '../../lib/invariant.ts';
import type { Slice } from '../../lib/slice.ts';
import { HashDecoder } from './decoders/hash-decoder.ts';
import { ListDecoder } from './decoders/list-decoder.ts';
import { SetDecoder } from './decoders/set-decoder.ts';
import type { TypeDecoder } from './decoders/type-decoder.ts';
import { ZsetDecoder } from './decoders/zset-decoder.ts';
import {
  RDB_HASH,
  RDB_HASH_LISTPACK,
  RDB_HASH_ZIPLIST,
  RDB_HASH_ZIPMAP,
  RDB_LIST,
  RDB_LIST_QUICKLIST,
  RDB_LIST_QUICKLIST_2,
  RDB_LIST_ZIPLIST,
  RDB_MODULE,
  RDB_MODULE_2,
  RDB_SET,
  RDB_SET_INTSET,
  RDB_SET_LISTPACK,
  RDB_STREAM_LISTPACKS,
  RDB_STREAM_LISTPACKS_2,
  RDB_STREAM_LISTPACKS_3,
  RDB_ZSET,
  RDB_ZSET_2,
  RDB_ZSET_LISTPACK,
  RDB_ZSET_ZIPLIST,
} from './format.ts';
import { moduleTypeName } from './module-data.ts';
import { RdbError } from './rdb-error.ts';
import type { RdbReader } from './rdb-reader.ts';

export class ValueDecoder {
  private readonly reader: RdbReader;
  private readonly decoders: TypeDecoder[] = [];
  /** The decoder of the value that was begun. */
  private current: TypeDecoder | null = null;

  constructor(keyspace: Keyspace, reader: RdbReader) {
    this.reader = reader;
    this.add(new ListDecoder(keyspace, reader), RDB_LIST, RDB_LIST_ZIPLIST, RDB_LIST_QUICKLIST, RDB_LIST_QUICKLIST_2);
    this.add(new SetDecoder(keyspace, reader), RDB_SET, RDB_SET_INTSET, RDB_SET_LISTPACK);
    this.add(new ZsetDecoder(keyspace, reader), RDB_ZSET, RDB_ZSET_2, RDB_ZSET_ZIPLIST, RDB_ZSET_LISTPACK);
    this.add(new HashDecoder(keyspace, reader), RDB_HASH, RDB_HASH_ZIPMAP, RDB_HASH_ZIPLIST, RDB_HASH_LISTPACK);
  }

  /**
   * Begins a value of an RDB type other than string, whose number lies at `offset`. If it throws, no value was begun.
   *
   * @throws {RdbError}
   */
  begin(rdbType: number, offset: number): void {
    const decoder = this.decoders[rdbType];
    if (decoder === undefined) throw this.refusal(rdbType, offset);
    this.current = decoder;
    try {
      decoder.begin(rdbType);
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /**
   * Reads on; true when the value is whole. If it throws, the value is discarded.
   *
   * @throws {RdbError}
   */
  step(): boolean {
    try {
      return this.begun().step();
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** True when the value has no elements, as no key's value may be. */
  get isEmpty(): boolean {
    return this.begun().builder.length === 0;
  }

  /** Puts the value under a key that the last look-up of `database` did not find. Answers the entry. */
  attach(database: Database, key: Slice, deadlineMs: number): Pointer {
    const { builder, type } = this.begun();
    const { encoding, pointer } = builder;
    builder.pointer = NULL;
    this.current = null;
    return database.insertValue(key, type, encoding, pointer, deadlineMs);
  }

  /** Frees the value, if there is one. */
  discard(): void {
    const { current } = this;
    this.current = null;
    if (current !== null && current.builder.pointer !== NULL) current.builder.discard();
  }

  private add(decoder: TypeDecoder, ...rdbTypes: readonly number[]): void {
    for (const rdbType of rdbTypes) this.decoders[rdbType] = decoder;
  }

  private begun(): TypeDecoder {
    invariant(this.current !== null, 'no value was begun');
    return this.current;
  }

  /** Why a type can't be read. */
  private refusal(rdbType: number, offset: number): RdbError {
    const { reader } = this;
    switch (rdbType) {
      case RDB_STREAM_LISTPACKS:
      case RDB_STREAM_LISTPACKS_2:
      case RDB_STREAM_LISTPACKS_3:
        return new RdbError('RDB_UNSUPPORTED', offset, 'a stream, which this server can not hold');
      case RDB_MODULE:
      case RDB_MODULE_2: {
        const name = moduleTypeName(reader.word());
        return new RdbError('RDB_UNSUPPORTED', offset, `data of the module type '${name}', which no module here reads`);
      }
      default:
        return reader.damaged(`unknown type ${rdbType} of a value`, offset);
    }
  }
}
