/**
 * Loads RDB files into the keyspace: at the start in slices, between which clients are told to wait, or at once.
 *
 * A file is loaded whole or not at all. Nobody is told of the keys that come.
 */
import { join, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { Database } from '../keyspace/database.ts';
import { NULL } from '../keyspace/key-entry.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { Clock } from '../lib/clock.ts';
import { quoteBytes } from '../lib/quoting.ts';
import { Slice } from '../lib/slice.ts';
import { systemErrorText } from '../lib/system-error.ts';
import { FileSource } from './byte-source.ts';
import { LoadError } from './load-error.ts';
import type { LoadLog } from './load-log.ts';
import { LoadRun, type LoadStep } from './load-run.ts';
import { RdbError } from './rdb/rdb-error.ts';
import { SnapshotDecoder } from './rdb/snapshot-decoder.ts';

/** Where the data set has come from at the start: see `LoadSource` in dispatch/loading-service.ts. */
export type LoadSource = 'none' | 'rdb' | 'aof' | 'aof-single-file' | 'aof-sound-part';

/** What becomes of function libraries that are there: they go, stay, or go where one of the file has their name. */
export type LibraryPolicy = 'flush' | 'append' | 'replace';

export interface LoaderOptions {
  readonly keyspace: Keyspace;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: LoadLog;
  /** Loads the function libraries of a file; null, or why that can't be. */
  readonly restoreLibraries: (codes: readonly Uint8Array[], policy: LibraryPolicy) => string | null;
}

/** An RDB file that is being read. */
class SnapshotLoad implements LoadStep {
  readonly decoder: SnapshotDecoder;
  readonly totalBytes: number;
  private readonly path: string;
  private readonly keyspace: Keyspace;

  constructor(path: string, decoder: SnapshotDecoder, totalBytes: number, keyspace: Keyspace) {
    this.path = path;
    this.decoder = decoder;
    this.totalBytes = totalBytes;
    this.keyspace = keyspace;
  }

  get offset(): number {
    return this.decoder.offset;
  }

  get keys(): number {
    return this.decoder.keys;
  }

  get savedUsedBytes(): number {
    return this.decoder.usedBytes;
  }

  run(untilMs: number): boolean {
    try {
      return this.keyspace.events.quietly(() => this.decoder.run(untilMs));
    } catch (error) {
      throw LoadError.of(this.path, error);
    }
  }
}

export class Loader {
  progress: LoadRun | null = null;
  source: LoadSource = 'none';
  lastKeys = 0;
  lastExpiredKeys = 0;
  private readonly options: LoaderOptions;
  private libraryPolicy: LibraryPolicy = 'flush';
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
    const step = this.step(path, source, databases);
    const run = this.begin(source.totalBytes);
    let isWhole = false;
    try {
      isWhole = await run.read(step);
      if (isWhole) this.finish(step.decoder, run);
    } finally {
      this.progress = null;
      source.close();
      if (!isWhole) this.empty(step.decoder, databases);
    }
    return isWhole;
  }

  /** Begins to load so many bytes in slices: whoever asks how far that is, is told. */
  begin(totalBytes: number): LoadRun {
    const { clock, log } = this.options;
    this.progress = new LoadRun({ clock, log, totalBytes, isAborted: () => this.isAborted });
    return this.progress;
  }

  /** Nothing is loaded any more. */
  end(): void {
    this.progress = null;
  }

  /** Ends a load in slices. The keyspace is empty then. */
  abort(): void {
    this.isAborted = true;
  }

  /** Loads the file at once: see `LoadingService` in dispatch/loading-service.ts. */
  reload({ keeps, overwrites }: { readonly keeps: boolean; readonly overwrites: boolean }): boolean {
    const { keyspace } = this.options;
    const fresh = keyspace.databases.map(({ index }) => new Database(keyspace, index));
    this.libraryPolicy = !keeps ? 'flush' : overwrites ? 'replace' : 'append';
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
      this.libraryPolicy = 'flush';
      for (const database of fresh) database.dispose();
    }
  }

  private loadAtOnce(databases: readonly Database[]): void {
    const { path } = this;
    const source = this.open(path);
    if (source === null) throw new LoadError(path, new RdbError('RDB_UNREADABLE', 0, 'No such file or directory'));
    const step = this.step(path, source, databases);
    const { clock, log } = this.options;
    const run = new LoadRun({ clock, log, totalBytes: source.totalBytes, isAborted: () => false });
    try {
      run.readAtOnce(step, () => undefined);
      this.finish(step.decoder, run);
    } finally {
      source.close();
      step.decoder.discard();
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

  private step(path: string, source: FileSource, databases: readonly Database[]): SnapshotLoad {
    const { clock, config, keyspace, log } = this.options;
    const checksum = config.get('rdbchecksum');
    const keyDelayUs = config.get('key-load-delay');
    const decoder = new SnapshotDecoder(source, {
      keyspace,
      databases,
      checksum,
      nowMs: clock.nowMs(),
      log,
      keyDelayUs,
    });
    return new SnapshotLoad(path, decoder, source.totalBytes, keyspace);
  }

  private finish(decoder: SnapshotDecoder, run: LoadRun): void {
    const { log } = this.options;
    const { emptyKeys, expiredKeys, functions, keys } = decoder;
    try {
      this.restoreLibraries(functions);
    } catch (error) {
      throw LoadError.of(this.path, error);
    }
    this.lastKeys = keys;
    this.lastExpiredKeys = expiredKeys;
    const skipped = emptyKeys === 0 ? '' : `, empty keys skipped: ${emptyKeys}`;
    log('notice', `Done loading RDB, keys loaded: ${keys}, keys expired: ${expiredKeys}${skipped}.`);
    log('notice', `DB loaded from disk: ${(run.elapsedMs / 1000).toFixed(3)} seconds`);
  }

  /**
   * Loads the function libraries of a file.
   *
   * @throws {RdbError} when there is something wrong with one
   */
  restoreLibraries(codes: readonly Uint8Array[]): void {
    const problem = this.options.restoreLibraries(codes, this.libraryPolicy);
    if (problem !== null) throw new RdbError('RDB_DAMAGED', 0, `Failed creating a function library: ${problem}`);
  }

  private empty(decoder: SnapshotDecoder, databases: readonly Database[]): void {
    decoder.discard();
    for (const database of databases) database.clear();
  }
}

function keysOf({ entries }: Keyspace, { root, table }: Database): Slice[] {
  const keys: Slice[] = [];
  const slice = new Slice(new Uint8Array(0), 0, 0);
  table.forEach(root, (entry) => keys.push(Slice.from(entries.key(entry, slice).copy())));
  return keys;
}
