/**
 * Loads RDB files into the keyspace: at the start in slices, between which clients are told to wait, or at once.
 *
 * A file is loaded whole or not at all. Nobody is told of the keys that come.
 */
import { join, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { systemErrorText } from '../config/system-error.ts';
import { Database } from '../keyspace/database.ts';
import { NULL } from '../keyspace/key-entry.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { Clock } from '../lib/clock.ts';
import { quoteBytes } from '../lib/quoting.ts';
import { Slice } from '../lib/slice.ts';
import { FileSource } from './byte-source.ts';
import { RdbError, type RdbErrorCode } from './rdb/rdb-error.ts';
import { type LoadLog, SnapshotDecoder } from './rdb/snapshot-decoder.ts';

/** How long loading goes on before others have their turn. */
const SLICE_MS = 10;
/** How often the log tells how far it is. */
const LOG_INTERVAL_MS = 5000;

const MIB = 2 ** 20;

/** A file can't be loaded. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
  readonly code: RdbErrorCode;
  readonly path: string;
  /** What is wrong begins here. */
  readonly offset: number;
  readonly reason: string;

  constructor(path: string, { code, offset, reason }: RdbError) {
    super(`${path}: ${reason} at offset ${offset}`);
    this.code = code;
    this.path = path;
    this.offset = offset;
    this.reason = reason;
  }
}

export interface LoaderOptions {
  readonly keyspace: Keyspace;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: LoadLog;
}

/** How far a load under way is: see `LoadProgress` in dispatch/loading-service.ts. */
class Progress {
  readonly startedSeconds: number;
  readonly totalBytes: number;
  private readonly decoder: SnapshotDecoder;
  private readonly startedMs: number;

  constructor(decoder: SnapshotDecoder, totalBytes: number, startedSeconds: number) {
    this.decoder = decoder;
    this.totalBytes = totalBytes;
    this.startedSeconds = startedSeconds;
    this.startedMs = performance.now();
  }

  get loadedBytes(): number {
    return this.decoder.offset;
  }

  get elapsedMs(): number {
    return performance.now() - this.startedMs;
  }

  get secondsLeft(): number {
    const { elapsedMs, loadedBytes } = this;
    if (elapsedMs < 1000) return 1;
    return Math.floor((elapsedMs * (this.totalBytes - loadedBytes)) / (loadedBytes + 1) / 1000);
  }

  get keys(): number {
    return this.decoder.keys;
  }

  get savedUsedBytes(): number {
    return this.decoder.usedBytes;
  }

  toString(): string {
    const percent = (this.loadedBytes / Math.max(1, this.totalBytes)) * 100;
    return `${percent.toFixed(1)}% of ${(this.totalBytes / MIB).toFixed(1)} MiB, ${this.keys} keys, about ${this.secondsLeft} seconds left`;
  }
}

export class Loader {
  progress: Progress | null = null;
  lastKeys = 0;
  lastExpiredKeys = 0;
  /** The source texts of the function libraries in the file. */
  functions: readonly Uint8Array[] = [];
  private readonly options: LoaderOptions;
  private isAborted = false;

  constructor(options: LoaderOptions) {
    this.options = options;
  }

  /** The file that the configuration names. */
  get path(): string {
    const { config } = this.options;
    return join(resolve(config.get('dir')), config.get('dbfilename'));
  }

  /**
   * Loads the file in slices into the keyspace, which must be empty; where there is no file it stays so. Resolves to
   * false when it was aborted.
   *
   * @throws {LoadError} when the file can't be loaded; the keyspace is empty again then
   */
  async load(): Promise<boolean> {
    const { databases } = this.options.keyspace;
    const { path } = this;
    const source = this.open(path);
    if (source === null) return !this.isAborted;
    const decoder = this.decoder(source, databases);
    const progress = new Progress(decoder, source.totalBytes, this.nowSeconds());
    this.progress = progress;
    let isWhole = false;
    try {
      for (let logMs = LOG_INTERVAL_MS; !this.isAborted && !isWhole; ) {
        isWhole = this.slice(decoder, performance.now() + SLICE_MS, path);
        if (progress.elapsedMs > logMs) {
          this.options.log('notice', `Loading: ${progress}`);
          logMs = progress.elapsedMs + LOG_INTERVAL_MS;
        }
        // What clients have sent meanwhile, and timers.
        if (!isWhole) await new Promise((turn) => setImmediate(turn));
      }
      if (isWhole) this.finish(decoder, progress);
    } finally {
      this.progress = null;
      source.close();
      if (!isWhole) this.empty(decoder, databases);
    }
    return isWhole;
  }

  /** Ends a load in slices. The keyspace is empty then. */
  abort(): void {
    this.isAborted = true;
  }

  /** Loads the file at once: see `LoadingService` in dispatch/loading-service.ts. */
  reload({ keeps, overwrites }: { readonly keeps: boolean; readonly overwrites: boolean }): boolean {
    const { keyspace } = this.options;
    const fresh = keyspace.databases.map(({ index }) => new Database(keyspace, index));
    try {
      this.loadAtOnce(fresh);
      if (keeps) this.merge(fresh, overwrites);
      else {
        keyspace.flush();
        for (const [index, database] of keyspace.databases.entries()) database.exchange(fresh[index]);
      }
      return true;
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      this.options.log('warning', `Error trying to load the RDB dump: ${error.message}`);
      return false;
    } finally {
      for (const database of fresh) database.dispose();
    }
  }

  private loadAtOnce(databases: readonly Database[]): void {
    const { path } = this;
    const source = this.open(path);
    if (source === null) throw new LoadError(path, new RdbError('RDB_UNREADABLE', 0, 'No such file or directory'));
    const decoder = this.decoder(source, databases);
    const progress = new Progress(decoder, source.totalBytes, this.nowSeconds());
    try {
      this.slice(decoder, Number.POSITIVE_INFINITY, path);
      this.finish(decoder, progress);
    } finally {
      source.close();
      decoder.discard();
    }
  }

  /** Moves all keys to the keyspace. Those that are there are replaced, or, unless they may be, are an error. */
  private merge(fresh: readonly Database[], overwrites: boolean): void {
    const { keyspace } = this.options;
    const keys = fresh.map((database) => keysOf(keyspace, database));
    keyspace.events.quietly(() => {
      for (const [index, target] of keyspace.databases.entries()) {
        const twice = overwrites ? undefined : keys[index].find((key) => target.peek(key) !== NULL);
        if (twice === undefined) continue;
        const reason = `RDB has duplicated key ${quoteBytes(twice.bytes, twice.start, twice.end)} in DB ${index}`;
        throw new LoadError(this.path, new RdbError('RDB_DAMAGED', 0, reason));
      }
      for (const [index, target] of keyspace.databases.entries()) {
        for (const key of keys[index]) {
          const occupant = target.peek(key);
          if (occupant !== NULL) target.removeFound(occupant);
          fresh[index].move(key, key, target);
        }
      }
    });
  }

  private open(path: string): FileSource | null {
    try {
      return new FileSource(path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw new LoadError(path, new RdbError('RDB_UNREADABLE', 0, systemErrorText(error)));
    }
  }

  private decoder(source: FileSource, databases: readonly Database[]): SnapshotDecoder {
    const { clock, config, keyspace, log } = this.options;
    const checksum = config.get('rdbchecksum');
    const keyDelayUs = config.get('key-load-delay');
    return new SnapshotDecoder(source, { keyspace, databases, checksum, nowMs: clock.nowMs(), log, keyDelayUs });
  }

  private slice(decoder: SnapshotDecoder, untilMs: number, path: string): boolean {
    try {
      return this.options.keyspace.events.quietly(() => decoder.run(untilMs));
    } catch (error) {
      throw error instanceof RdbError ? new LoadError(path, error) : error;
    }
  }

  private finish(decoder: SnapshotDecoder, progress: Progress): void {
    const { log } = this.options;
    const { emptyKeys, expiredKeys, functions, keys } = decoder;
    this.lastKeys = keys;
    this.lastExpiredKeys = expiredKeys;
    this.functions = functions;
    const skipped = emptyKeys === 0 ? '' : `, empty keys skipped: ${emptyKeys}`;
    log('notice', `Done loading RDB, keys loaded: ${keys}, keys expired: ${expiredKeys}${skipped}.`);
    if (functions.length > 0) log('warning', `${functions.length} function libraries are kept, but can not be called`);
    log('notice', `DB loaded from disk: ${(progress.elapsedMs / 1000).toFixed(3)} seconds`);
  }

  private empty(decoder: SnapshotDecoder, databases: readonly Database[]): void {
    decoder.discard();
    for (const database of databases) database.clear();
  }

  private nowSeconds(): number {
    return Math.floor(this.options.clock.nowMs() / 1000);
  }
}

function keysOf({ entries }: Keyspace, { root, table }: Database): Slice[] {
  const keys: Slice[] = [];
  const slice = new Slice(new Uint8Array(0), 0, 0);
  table.forEach(root, (entry) => keys.push(Slice.from(entries.key(entry, slice).copy())));
  return keys;
}
