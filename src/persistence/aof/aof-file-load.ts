/**
 * Reads one file of an append-only file into the keyspace: commands, which are executed, or an RDB file, which commands
 * may follow (as in files of Redis before 7).
 *
 * A transaction is executed when its EXEC has been read, so that one that was cut off leaves nothing. A file that ends
 * in the middle of a command or a transaction is {@link AofFileLoad.isTruncated}, and what comes before is loaded. That
 * is what a crash leaves behind. What a crash can't leave is damage, and is thrown: bytes that are no command, unknown
 * commands, and whole commands behind a length that reaches beyond the file's end.
 */
import { basename } from 'node:path';
import type { Keyspace } from '../../keyspace/keyspace.ts';
import { invariant } from '../../lib/invariant.ts';
import type { Slice } from '../../lib/slice.ts';
import type { Args } from '../../protocol/args.ts';
import type { ReplyError } from '../../protocol/reply-error.ts';
import { type ByteSource, FileSource } from '../byte-source.ts';
import { LoadError } from '../load-error.ts';
import type { LoadLog } from '../load-log.ts';
import type { LoadStep } from '../load-run.ts';
import { MAGIC } from '../rdb/format.ts';
import { KeyDelay } from '../rdb/key-delay.ts';
import { SnapshotDecoder } from '../rdb/snapshot-decoder.ts';
import { AofError } from './aof-error.ts';
import { COMMAND, CommandReader, END } from './command-reader.ts';
import { hasCommandsWithin } from './cut-tail.ts';

/** What is read between two looks at the clock: so many commands, or so many bytes. */
const COMMANDS_PER_LOOK = 256;
const BYTES_PER_LOOK = 256 * 1024;

/** Executes the commands of a log, outside of all limits and permissions. */
export interface CommandReplay {
  /** The commands of another file follow: they begin in database 0. */
  begin(): void;
  /** Null, or why it can't be executed. What it answers is not of interest. */
  execute(args: Args): ReplyError | null;
}

export interface AofFileOptions {
  readonly keyspace: Keyspace;
  readonly replay: CommandReplay;
  /** `rdbchecksum` */
  readonly checksum: boolean;
  /** `key-load-delay`: microseconds to wait after each key or command, for tests. */
  readonly keyDelayUs: number;
  readonly log: LoadLog;
  /** Told of each library of functions in an RDB file. */
  readonly onFunctions: (libraries: readonly Uint8Array[]) => void;
}

export class AofFileLoad implements LoadStep {
  readonly path: string;
  readonly totalBytes: number;
  /** The file ends in the middle of a command or a transaction, … */
  isTruncated = false;
  /** … and all before this offset was loaded. */
  soundBytes = 0;
  /** Unix seconds of the last annotation; 0 without any. */
  timestampSeconds = 0;
  /** When the RDB file was written, in Unix seconds; 0 where there is none. */
  createdSeconds = 0;

  private readonly options: AofFileOptions;
  private source: FileSource;
  private decoder: SnapshotDecoder | null = null;
  private reader: CommandReader | null = null;
  /** The commands since MULTI, and where that began. */
  private transaction: Args[] | null = null;
  private transactionOffset = 0;
  private readonly delay: KeyDelay | null;
  private commands = 0;

  /** @throws {LoadError} when the file can't be opened */
  constructor(path: string, options: AofFileOptions) {
    this.path = path;
    this.options = options;
    this.delay = options.keyDelayUs === 0 ? null : new KeyDelay(options.keyDelayUs);
    try {
      this.source = new FileSource(path);
    } catch (error) {
      throw new LoadError(path, AofError.unreadable(0, error));
    }
    this.totalBytes = this.source.totalBytes;
  }

  get offset(): number {
    return this.reader?.offset ?? this.decoder?.offset ?? 0;
  }

  get keys(): number {
    return this.options.keyspace.keyCount;
  }

  get savedUsedBytes(): number {
    return this.decoder?.usedBytes ?? 0;
  }

  /** @throws {LoadError} */
  run(untilMs: number): boolean {
    const { keyspace } = this.options;
    try {
      return keyspace.events.quietly(() => {
        if (this.reader === null && !this.readBase(untilMs)) return false;
        return this.readCommands(untilMs);
      });
    } catch (error) {
      throw LoadError.of(this.path, error);
    }
  }

  close(): void {
    this.source.close();
    this.decoder?.discard();
  }

  /** Reads the RDB file that the file begins with, if it does. True when commands follow. */
  private readBase(untilMs: number): boolean {
    const { checksum, keyDelayUs, keyspace, log, onFunctions, replay } = this.options;
    if (this.decoder === null) {
      replay.begin();
      const isSnapshot = beginsWith(this.source, MAGIC);
      this.reopen(0);
      if (!isSnapshot) return this.beginCommands(0);
      log('notice', 'Reading RDB base file on AOF loading...');
      const { databases } = keyspace;
      // Keys whose time is over are kept: the commands that follow were executed when it was not.
      const options = { keyspace, databases, checksum, nowMs: 0, keyDelayUs, log };
      this.decoder = new SnapshotDecoder(this.source, options);
    }
    if (!this.decoder.run(untilMs)) return false;
    onFunctions(this.decoder.functions);
    this.createdSeconds = Number(this.decoder.facts.get('ctime') ?? 0);
    this.reopen(this.decoder.offset);
    return this.beginCommands(this.decoder.offset);
  }

  private reopen(offset: number): void {
    this.source.close();
    this.source = new FileSource(this.path, offset);
  }

  private beginCommands(offset: number): true {
    this.reader = new CommandReader(this.source, offset);
    this.soundBytes = offset;
    return true;
  }

  private readCommands(untilMs: number): boolean {
    const { reader } = this;
    invariant(reader !== null, 'commands are read before the file was looked at');
    for (let lookOffset = reader.offset + BYTES_PER_LOOK, commands = 0; ; ) {
      const result = reader.next();
      if (result !== COMMAND) {
        this.timestampSeconds = reader.timestampSeconds;
        this.end(reader, result === END);
        return true;
      }
      this.execute(reader);
      if (this.transaction === null) this.soundBytes = reader.offset;
      if (this.delay !== null) this.delay.wait(++this.commands);
      else if (++commands < COMMANDS_PER_LOOK && reader.offset < lookOffset) continue;
      this.timestampSeconds = reader.timestampSeconds;
      if (performance.now() >= untilMs) return false;
      commands = 0;
      lookOffset = reader.offset + BYTES_PER_LOOK;
    }
  }

  private end(reader: CommandReader, isWhole: boolean): void {
    if (!isWhole && hasCommandsWithin(this.path, reader.offset)) {
      const reason = 'Bad file format: an argument is said to be longer than the file, and yet commands follow';
      throw new AofError('AOF_DAMAGED', reader.offset, reason);
    }
    if (this.transaction !== null) {
      this.options.log('warning', `Revert incomplete MULTI/EXEC transaction in AOF file ${this.path}`);
      this.soundBytes = this.transactionOffset;
    } else if (isWhole) {
      this.soundBytes = this.totalBytes;
      return;
    }
    this.isTruncated = true;
  }

  private execute(reader: CommandReader): void {
    const { args } = reader;
    const name = args.at(0);
    const { transaction } = this;
    if (transaction === null && name.length === 5 && name.equalsIgnoreCase('multi')) {
      this.transaction = [];
      this.transactionOffset = reader.commandOffset;
    } else if (transaction === null) {
      this.call(args, name, reader.commandOffset);
    } else if (name.length === 4 && name.equalsIgnoreCase('exec')) {
      this.transaction = null;
      for (const queued of transaction) this.call(queued, queued.at(0), reader.commandOffset);
    } else {
      transaction.push(args.copy());
    }
  }

  private call(args: Args, name: Slice, offset: number): void {
    const refusal = this.options.replay.execute(args);
    if (refusal === null) return;
    const advice = `Unknown command '${name.toLatin1()}' reading the append only file ${basename(this.path)}`;
    throw new AofError('AOF_DAMAGED', offset, refusal.line, advice);
  }
}

function beginsWith(source: ByteSource, magic: string): boolean {
  const head = new Uint8Array(magic.length);
  let length = 0;
  for (let read = -1; length < head.length && read !== 0; length += read) read = source.read(head, length, head.length);
  return Buffer.from(head.subarray(0, length)).toString('latin1') === magic;
}
