/**
 * Reads whole files into databases, in slices, so that the server can answer its clients meanwhile. See format.ts for
 * what stands in a file.
 *
 * Nobody is told of the keys that are added; the caller sees to that. After an error the databases hold what was read
 * before it, and are to be emptied.
 */
import type { Database } from '../../keyspace/database.ts';
import { NULL } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import type { Keyspace } from '../../keyspace/keyspace.ts';
import { quoteBytes } from '../../lib/quoting.ts';
import { Slice } from '../../lib/slice.ts';
import type { ByteSource } from '../byte-source.ts';
import { unitsOf } from './decoders/type-decoder.ts';
import { isKnownVersion } from './dump-decoder.ts';
import {
  CHECKSUM_BYTES,
  CHECKSUM_SINCE_VERSION,
  FILE_HEADER_BYTES,
  LAST_TYPE,
  MAGIC,
  MODULE_UINT,
  OPCODE_AUX,
  OPCODE_EOF,
  OPCODE_EXPIRETIME,
  OPCODE_EXPIRETIME_MS,
  OPCODE_FREQ,
  OPCODE_FUNCTION_PRE_GA,
  OPCODE_FUNCTION2,
  OPCODE_IDLE,
  OPCODE_MODULE_AUX,
  OPCODE_RESIZEDB,
  OPCODE_SELECTDB,
  OPCODE_SLOT_INFO,
  RDB_STRING,
} from './format.ts';
import { KeyDelay } from './key-delay.ts';
import { moduleTypeName, skipModuleParts } from './module-data.ts';
import { RdbError } from './rdb-error.ts';
import { RdbReader } from './rdb-reader.ts';
import { ValueDecoder } from './value-decoder.ts';

const BUFFER_BYTES = 256 * 1024;
/** Room for an entry, beyond its string, and its way into a table that may be split from the top to the bottom for it. */
const ENTRY_HEADROOM_BYTES = 512 * 1024;
/** How much is read between two looks at the clock, in units as of {@link unitsOf}. */
const UNITS_PER_LOOK = 128;
/** A type, an empty key and an empty value. */
const MIN_PAIR_BYTES = 3;
/** Longer ago is as long ago: access stamps count seconds in 24 bits, which wrap. */
const MAX_IDLE_SECONDS = 2 ** 23;
/** Keys without elements that are logged one by one. */
const LOGGED_EMPTY_KEYS = 10;

export type LoadLog = (level: 'debug' | 'notice' | 'warning', message: string) => void;

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

export interface DecodeOptions {
  /** What is made room for, and whose limits decide on encodings. */
  readonly keyspace: Keyspace;
  /** Where keys go, by number; empty to keep none. */
  readonly databases: readonly Database[];
  /** `rdbchecksum`: compare the checksum. */
  readonly checksum: boolean;
  /** Keys whose time was over at this moment (Unix milliseconds) are left out; 0 to keep them. */
  readonly nowMs: number;
  readonly log: LoadLog;
  /** `key-load-delay`: microseconds to wait after each key, for tests. */
  readonly keyDelayUs?: number;
  /** Told of every key, those left out included. */
  readonly onKey?: (key: MetKey) => void;
}

export class SnapshotDecoder {
  /** Keys read and kept, … */
  keys = 0;
  /** … left out because their time was over, … */
  expiredKeys = 0;
  /** … and left out because their values have no elements. */
  emptyKeys = 0;
  version = 0;
  /** The memory that the server took which wrote the file; 0 where it does not say. */
  usedBytes = 0;
  /** The source texts of function libraries. */
  readonly functions: Uint8Array[] = [];
  /** What the file says about itself. */
  readonly facts = new Map<string, string>();

  private readonly options: DecodeOptions;
  private readonly reader = new RdbReader(BUFFER_BYTES);
  private readonly values: ValueDecoder;
  private readonly delay: KeyDelay | null;
  private isBegun = false;

  // The key being read.
  private rdbType = 0;
  private databaseIndex = 0;
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

  constructor(source: ByteSource, options: DecodeOptions) {
    this.options = options;
    this.values = new ValueDecoder(options.keyspace, this.reader);
    const { keyDelayUs = 0 } = options;
    this.delay = keyDelayUs === 0 ? null : new KeyDelay(keyDelayUs);
    this.reader.open(source, options.checksum);
  }

  /** How much of the file was read. */
  get offset(): number {
    return this.reader.offset;
  }

  /**
   * Reads on until `untilMs` of `performance.now()`; true when the file is read whole, and right.
   *
   * @throws {RdbError}
   */
  run(untilMs: number): boolean {
    for (let units = 0; ; ) {
      if (this.inValue) units += this.continueValue();
      else if (this.inLongString) units += this.continueLongString();
      else if (!this.isBegun) this.begin();
      else {
        const { offset } = this.reader;
        const opcode = this.reader.byte();
        if (opcode === OPCODE_EOF) {
          this.end();
          return true;
        }
        units += this.item(opcode, offset);
      }
      if (units < UNITS_PER_LOOK && this.delay === null) continue;
      if (performance.now() >= untilMs) return false;
      units = 0;
    }
  }

  /** Frees a value that was begun. To be called when the file is not read to its end. */
  discard(): void {
    this.endDatabase();
    this.values.discard();
  }

  private begin(): void {
    const head = this.reader.raw(FILE_HEADER_BYTES, this.text).toLatin1();
    const match = /^REDIS(\d{4})$/.exec(head);
    if (match === null) throw this.reader.damaged(`it does not begin with ${MAGIC} and a version`, 0);
    this.version = Number(match[1]);
    if (!isKnownVersion(this.version)) {
      throw new RdbError('RDB_UNSUPPORTED', MAGIC.length, `Can't handle RDB format version ${this.version}`);
    }
    this.isBegun = true;
  }

  private end(): void {
    const { options, reader } = this;
    this.endDatabase();
    if (this.version < CHECKSUM_SINCE_VERSION) return;
    const { offset } = reader;
    const crc = reader.checksum();
    const expected = crc.digest();
    const { bytes, start } = reader.raw(CHECKSUM_BYTES, this.text);
    if (!options.checksum) return;
    const stored = bytes.subarray(start, start + CHECKSUM_BYTES);
    if (stored.every((byte) => byte === 0)) {
      options.log('warning', 'RDB file was saved with checksum disabled: no check performed.');
    } else if (Buffer.compare(stored, expected) !== 0) {
      const found = `Wrong RDB checksum expected: (${hex(expected)}) but got (${hex(stored)})`;
      throw reader.damaged(`${found}: RDB CRC error`, offset);
    }
  }

  /** Reads what begins with this byte; answers what that counts as. */
  private item(opcode: number, offset: number): number {
    const { reader } = this;
    switch (opcode) {
      case OPCODE_EXPIRETIME:
        this.setDeadline(reader.int32() * 1000);
        return 1;
      case OPCODE_EXPIRETIME_MS:
        this.setDeadline(reader.int64());
        return 1;
      case OPCODE_IDLE:
        this.idleSeconds = Math.min(reader.length(), MAX_IDLE_SECONDS);
        return 1;
      case OPCODE_FREQ:
        this.frequency = reader.byte();
        return 1;
      case OPCODE_SELECTDB:
        this.selectDatabase(offset);
        return 1;
      case OPCODE_RESIZEDB:
        this.expectKeys(reader.length(), reader.length());
        return 1;
      case OPCODE_SLOT_INFO:
        for (let i = 0; i < 3; i++) reader.length();
        return 1;
      case OPCODE_AUX:
        this.readFact();
        return 1;
      case OPCODE_MODULE_AUX:
        this.skipModuleData();
        return 1;
      case OPCODE_FUNCTION2:
        this.functions.push(reader.string(this.text).copy());
        return 1;
      case OPCODE_FUNCTION_PRE_GA:
        throw new RdbError('RDB_UNSUPPORTED', offset, 'Pre-release function format not supported.');
      default:
        return this.beginPair(opcode, offset);
    }
  }

  /** Those that expire may be dropped. */
  private expectKeys(keys: number, expiring: number): void {
    const { databases } = this.options;
    if (databases.length === 0) return;
    const most = Math.floor(this.reader.remaining / MIN_PAIR_BYTES);
    databases[this.databaseIndex].expectKeys(Math.max(0, Math.min(keys, most) - expiring));
  }

  private endDatabase(): void {
    const { databases } = this.options;
    if (this.databaseIndex < databases.length) databases[this.databaseIndex].expectKeys(0);
  }

  private selectDatabase(offset: number): void {
    const { databases } = this.options;
    this.endDatabase();
    this.databaseIndex = this.reader.length();
    if (databases.length === 0 || this.databaseIndex < databases.length) return;
    const reason = `Data file was created with a Redis server configured to handle more than ${databases.length} databases`;
    throw new RdbError('RDB_UNSUPPORTED', offset, reason);
  }

  private setDeadline(deadlineMs: number): void {
    this.hasDeadline = deadlineMs !== -1;
    this.deadlineMs = deadlineMs;
  }

  private beginPair(rdbType: number, offset: number): number {
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

  private readFact(): void {
    const { log, nowMs } = this.options;
    const name = this.reader.string(this.text).toLatin1();
    const value = this.reader.string(this.text).toLatin1();
    this.facts.set(name, value);
    if (name.startsWith('%')) log('notice', `RDB '${name}': ${value}`);
    else if (name === 'redis-ver') log('notice', `Loading RDB produced by version ${value}`);
    else if (name === 'ctime') {
      if (nowMs !== 0) log('notice', `RDB age ${Math.max(0, Math.floor(nowMs / 1000) - Number(value))} seconds`);
    } else if (name === 'used-mem') {
      this.usedBytes = Number(value);
      log('notice', `RDB memory usage when created ${(this.usedBytes / 2 ** 20).toFixed(2)} Mb`);
    } else if (name === 'aof-base') {
      if (Number(value) !== 0) log('notice', 'RDB is base AOF');
    } else if (!KNOWN_FACTS.includes(name)) log('debug', `Unrecognized RDB AUX field: '${name}'`);
  }

  /** What a module has stored besides keys. Without the module it has no meaning. */
  private skipModuleData(): void {
    const { reader } = this;
    const name = moduleTypeName(reader.word());
    const { offset } = reader;
    if (reader.length() !== MODULE_UINT) throw reader.damaged('data of a module without its moment', offset);
    reader.word();
    skipModuleParts(reader);
    this.options.log('warning', `The RDB file contains AUX module data I can't load: no matching module '${name}'`);
  }
}

function quoteSlice({ bytes, start, end }: Slice): string {
  return quoteBytes(bytes, start, end);
}

/** Facts that say nothing to the log. */
const KNOWN_FACTS: readonly string[] = [
  'redis-bits',
  'repl-stream-db',
  'repl-id',
  'repl-offset',
  'lua',
  'aof-preamble',
];

/** A checksum as Redis prints it: its bytes are little-endian. */
function hex(checksum: Uint8Array): string {
  return Buffer.from(checksum)
    .reverse()
    .toString('hex')
    .replace(/^0+(?=.)/, '');
}
