/**
 * Reads the keys of a file, one after the other, each with its value and what stands before it (deadline, age), and adds
 * them to their databases: in steps, since a value may be long.
 */
import type { Database } from '../../keyspace/database.ts';
import { NULL } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import type { Keyspace } from '../../keyspace/keyspace.ts';
import { quoteBytes } from '../../lib/quoting.ts';
import { Slice } from '../../lib/slice.ts';
import type { LoadLog } from '../load-log.ts';
import { unitsOf } from './decoders/type-decoder.ts';
import { LAST_TYPE, RDB_STRING } from './format.ts';
import { KeyDelay } from './key-delay.ts';
import { RdbError } from './rdb-error.ts';
import type { RdbReader } from './rdb-reader.ts';
import { ValueDecoder } from './value-decoder.ts';

/** Room for an entry, beyond its string, and its way into a table that may be split from the top to the bottom for it. */
const ENTRY_HEADROOM_BYTES = 512 * 1024;
/** Longer ago is as long ago: access stamps count seconds in 24 bits, which wrap. */
const MAX_IDLE_SECONDS = 2 ** 23;
/** Keys without elements that are logged one by one. */
const LOGGED_EMPTY_KEYS = 10;

/** A key as it was met in a file. */
export interface MetKey {
  readonly key: Slice;
  readonly database: number;
  readonly rdbType: number;
  /** Unix milliseconds, or {@link NO_DEADLINE}. */
  readonly deadlineMs: number;
  /** What it takes in the file: type, key and value. */
  readonly fileBytes: number;
}

export interface PairOptions {
  /** What is made room for, and whose limits decide on encodings. */
  readonly keyspace: Keyspace;
  /** Where keys go, by number; empty to keep none. */
  readonly databases: readonly Database[];
  /** Keys whose time was over at this moment (Unix milliseconds) are left out; 0 to keep them. */
  readonly nowMs: number;
  readonly log: LoadLog;
  /** `key-load-delay`: microseconds to wait after each key, for tests. */
  readonly keyDelayUs?: number;
  /** Told of every key, those left out included. */
  readonly onKey?: (key: MetKey) => void;
}

export class PairDecoder {
  /** Keys read and kept, … */
  keys = 0;
  /** … left out because their time was over, … */
  expiredKeys = 0;
  /** … and left out because their values have no elements. */
  emptyKeys = 0;
  /** The database of the next keys. */
  databaseIndex = 0;
  private readonly options: PairOptions;
  private readonly reader: RdbReader;
  private readonly values: ValueDecoder;
  private readonly delay: KeyDelay | null;

  // The key being read.
  private rdbType = 0;
  private deadlineMs = NO_DEADLINE;
  private hasDeadline = false;
  private idleSeconds = -1;
  private frequency = -1;
  private startOffset = 0;
  private keyBytes: Uint8Array = new Uint8Array(1024);
  private readonly key = new Slice(this.keyBytes, 0, 0);
  private readonly text = new Slice(new Uint8Array(0), 0, 0);
  /** What is under way: a value with elements, or a long string of which so much was read. */
  private inValue = false;
  private inLongString = false;
  private longOffset = 0;

  constructor(options: PairOptions, reader: RdbReader) {
    this.options = options;
    this.reader = reader;
    this.values = new ValueDecoder(options.keyspace, reader);
    const { keyDelayUs = 0 } = options;
    this.delay = keyDelayUs === 0 ? null : new KeyDelay(keyDelayUs);
  }

  /** Keys take time: see `key-load-delay`. */
  get isDelayed(): boolean {
    return this.delay !== null;
  }

  /** A key was begun and has not ended: see {@link step}. */
  get isUnderWay(): boolean {
    return this.inValue || this.inLongString;
  }

  /** Goes on with what is under way. Answers what was read, in units. */
  step(): number {
    return this.inValue ? this.continueValue() : this.continueLongString();
  }

  /** Frees a value that was begun. */
  discard(): void {
    this.values.discard();
  }

  // What stands before the next key

  /** Unix milliseconds; -1 for none. */
  setDeadline(deadlineMs: number): void {
    this.hasDeadline = deadlineMs !== -1;
    this.deadlineMs = deadlineMs;
  }

  setIdle(seconds: number): void {
    this.idleSeconds = Math.min(seconds, MAX_IDLE_SECONDS);
  }

  setFrequency(frequency: number): void {
    this.frequency = frequency;
  }

  // Keys and values

  /** Begins with the key and its value, which `rdbType` stands before. Answers what was read, in units. */
  begin(rdbType: number, offset: number): number {
    const { reader } = this;
    this.rdbType = rdbType;
    this.startOffset = offset;
    if (rdbType > LAST_TYPE) throw reader.damaged(`unknown opcode ${rdbType}`, offset);
    this.readKey();
    if (rdbType !== RDB_STRING) {
      this.values.begin(rdbType, offset);
      this.inValue = true;
      return 1;
    }
    if (!reader.text(this.text)) {
      this.beginLongString();
      return 1;
    }
    if (this.isKept()) {
      const database = this.vacantDatabase();
      this.reserve(this.key.length + this.text.length);
      database?.insertString(this.key, this.text, this.keptDeadline());
    }
    const units = unitsOf(this.text.length);
    this.endPair();
    return units;
  }

  private readKey(): void {
    const { bytes, start, end } = this.reader.string(this.text);
    const length = end - start;
    if (this.keyBytes.length < length) this.keyBytes = new Uint8Array(length * 2);
    const { keyBytes } = this;
    if (length > 64) keyBytes.set(bytes.subarray(start, end));
    else for (let i = 0; i < length; i++) keyBytes[i] = bytes[start + i];
    this.key.point(keyBytes, 0, length);
  }

  private continueValue(): number {
    const { reader, values } = this;
    const { offset } = reader;
    const isWhole = values.step();
    const units = unitsOf(reader.offset - offset);
    if (!isWhole) return units;
    this.inValue = false;
    if (values.isEmpty) {
      values.discard();
      if (this.emptyKeys++ < LOGGED_EMPTY_KEYS) {
        this.options.log('warning', `rdbLoadObject skipping empty key: ${quoteSlice(this.key).slice(1, -1)}`);
      }
    } else if (this.isKept()) {
      try {
        const database = this.vacantDatabase();
        this.reserve(this.key.length);
        if (database === null) values.discard();
        else values.attach(database, this.key, this.keptDeadline());
      } catch (error) {
        values.discard();
        throw error;
      }
    } else {
      values.discard();
    }
    this.endPair();
    return units;
  }

  /** Begins a string that is written to its place run by run. */
  private beginLongString(): void {
    this.inLongString = true;
    this.longOffset = this.isKept() ? 0 : -1;
    if (this.longOffset === -1) return;
    const database = this.vacantDatabase();
    this.reserve(this.key.length);
    if (database === null) this.longOffset = -1;
    else database.insertString(this.key, this.text.point(this.keyBytes, 0, 0), this.keptDeadline());
  }

  private continueLongString(): number {
    const { reader } = this;
    const run = reader.longRun(this.text);
    const units = unitsOf(run.length);
    if (this.longOffset >= 0) {
      const database = this.options.databases[this.databaseIndex];
      this.reserve(2 * run.length);
      database.writeStringFound(database.peek(this.key), this.longOffset, run);
      this.longOffset += run.length;
    }
    if (reader.longBytes === 0) {
      this.inLongString = false;
      this.endPair();
    }
    return units;
  }

  /** False for a key whose time is over, which is counted. */
  private isKept(): boolean {
    const { nowMs } = this.options;
    if (this.hasDeadline && nowMs !== 0 && this.deadlineMs < nowMs) {
      this.expiredKeys++;
      return false;
    }
    this.keys++;
    return true;
  }

  /** The deadline of a key that is kept; one at the beginning of time is as good as the one after it. */
  private keptDeadline(): number {
    return this.hasDeadline ? Math.max(1, this.deadlineMs) : NO_DEADLINE;
  }

  /** The database for the key, which it does not have; null when keys are not kept. */
  private vacantDatabase(): Database | null {
    const { databases } = this.options;
    if (databases.length === 0) return null;
    const database = databases[this.databaseIndex];
    if (database.peek(this.key) === NULL) return database;
    throw this.reader.damaged(
      `RDB has duplicated key ${quoteSlice(this.key)} in DB ${this.databaseIndex}`,
      this.startOffset,
    );
  }

  /** Goes on to the next key. */
  private endPair(): void {
    const { databases, keyspace, onKey } = this.options;
    const { access } = keyspace;
    const { databaseIndex, deadlineMs, frequency, hasDeadline, idleSeconds, key, rdbType, startOffset } = this;
    if (databases.length > 0 && (access.lfu ? frequency >= 0 : idleSeconds >= 0)) {
      const entry = databases[databaseIndex].peek(key);
      const stamp = access.lfu ? access.stampOfFrequency(frequency) : access.stampOfIdle(idleSeconds);
      if (entry !== NULL) databases[databaseIndex].setAccessStamp(entry, stamp);
    }
    onKey?.({
      key,
      database: databaseIndex,
      rdbType,
      deadlineMs: hasDeadline ? deadlineMs : NO_DEADLINE,
      fileBytes: this.reader.offset - startOffset,
    });
    this.delay?.wait(this.keys);
    this.hasDeadline = false;
    this.idleSeconds = -1;
    this.frequency = -1;
  }

  private reserve(bytes: number): void {
    if (this.options.keyspace.heap.reserve(bytes + ENTRY_HEADROOM_BYTES)) return;
    throw new RdbError('RDB_OUT_OF_MEMORY', this.reader.offset, 'out of memory');
  }
}

function quoteSlice({ bytes, start, end }: Slice): string {
  return quoteBytes(bytes, start, end);
}
