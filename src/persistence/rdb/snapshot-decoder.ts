/**
 * Reads whole files into databases, in slices, so that the server can answer its clients meanwhile: what a file says of
 * itself here, its keys with their values in pair-decoder.ts. See format.ts for what stands in a file.
 *
 * Nobody is told of the keys that are added; the caller sees to that. After an error the databases hold what was read
 * before it, and are to be emptied.
 */
import { Slice } from '../../lib/slice.ts';
import type { ByteSource } from '../byte-source.ts';
import { isKnownVersion } from './dump-decoder.ts';
import {
  CHECKSUM_BYTES,
  CHECKSUM_SINCE_VERSION,
  FILE_HEADER_BYTES,
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
} from './format.ts';
import { moduleTypeName, skipModuleParts } from './module-data.ts';
import { PairDecoder, type PairOptions } from './pair-decoder.ts';
import { RdbError } from './rdb-error.ts';
import { RdbReader } from './rdb-reader.ts';

const BUFFER_BYTES = 256 * 1024;
/** How much is read between two looks at the clock, in units as of {@link unitsOf}. */
const UNITS_PER_LOOK = 128;
/** A type, an empty key and an empty value. */
const MIN_PAIR_BYTES = 3;

export interface DecodeOptions extends PairOptions {
  /** `rdbchecksum`: compare the checksum. */
  readonly checksum: boolean;
}

export class SnapshotDecoder {
  version = 0;
  /** The memory that the server took which wrote the file; 0 where it does not say. */
  usedBytes = 0;
  /** The source texts of function libraries. */
  readonly functions: Uint8Array[] = [];
  /** What the file says about itself. */
  readonly facts = new Map<string, string>();

  private readonly options: DecodeOptions;
  private readonly reader = new RdbReader(BUFFER_BYTES);
  private readonly pairs: PairDecoder;
  private readonly text = new Slice(new Uint8Array(0), 0, 0);
  private isBegun = false;

  constructor(source: ByteSource, options: DecodeOptions) {
    this.options = options;
    this.pairs = new PairDecoder(options, this.reader);
    this.reader.open(source, options.checksum);
  }

  /** Keys read and kept, … */
  get keys(): number {
    return this.pairs.keys;
  }

  /** … left out because their time was over, … */
  get expiredKeys(): number {
    return this.pairs.expiredKeys;
  }

  /** … and left out because their values have no elements. */
  get emptyKeys(): number {
    return this.pairs.emptyKeys;
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
    const { pairs } = this;
    for (let units = 0; ; ) {
      if (pairs.isUnderWay) units += pairs.step();
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
      if (units < UNITS_PER_LOOK && !pairs.isDelayed) continue;
      if (performance.now() >= untilMs) return false;
      units = 0;
    }
  }

  /** Frees a value that was begun. To be called when the file is not read to its end. */
  discard(): void {
    this.endDatabase();
    this.pairs.discard();
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
    const { pairs, reader } = this;
    switch (opcode) {
      case OPCODE_EXPIRETIME:
        pairs.setDeadline(reader.int32() * 1000);
        return 1;
      case OPCODE_EXPIRETIME_MS:
        pairs.setDeadline(reader.int64());
        return 1;
      case OPCODE_IDLE:
        pairs.setIdle(reader.length());
        return 1;
      case OPCODE_FREQ:
        pairs.setFrequency(reader.byte());
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
        return pairs.begin(opcode, offset);
    }
  }

  /** Those that expire may be dropped. */
  private expectKeys(keys: number, expiring: number): void {
    const { databases } = this.options;
    if (databases.length === 0) return;
    const most = Math.floor(this.reader.remaining / MIN_PAIR_BYTES);
    databases[this.pairs.databaseIndex].expectKeys(Math.max(0, Math.min(keys, most) - expiring));
  }

  private endDatabase(): void {
    const { databases } = this.options;
    const { databaseIndex } = this.pairs;
    if (databaseIndex < databases.length) databases[databaseIndex].expectKeys(0);
  }

  private selectDatabase(offset: number): void {
    const { databases } = this.options;
    this.endDatabase();
    const index = this.reader.length();
    this.pairs.databaseIndex = index;
    if (databases.length === 0 || index < databases.length) return;
    const reason = `Data file was created with a Redis server configured to handle more than ${databases.length} databases`;
    throw new RdbError('RDB_UNSUPPORTED', offset, reason);
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
