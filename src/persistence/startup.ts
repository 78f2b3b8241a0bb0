/**
 * What the data set is loaded from when the server starts, and what becomes of the files.
 *
 * | `appendonly` | on disk | what happens |
 * | --- | --- | --- |
 * | no | an RDB file, or none | it is loaded; none is an empty data set |
 * | yes | a manifest with files | the base and the incremental files are loaded, in order |
 * | yes | an append-only file of a single file, as before Redis 7 | it is loaded, and becomes the base |
 * | yes | only an RDB file | it is loaded, and the append-only file begins with it |
 * | yes | nothing | both begin empty |
 *
 * The last file may end in the middle of a command, as a crash leaves it: what comes before is loaded, what was cut
 * is kept in a file beside it. Any other damage ends the start, unless `aof-load-corrupt-policy` is `rdb-fallback`: then
 * the newer of what is sound and the RDB file is loaded, and the damaged files are kept in a directory of another name.
 *
 * No file is changed before it is clear what is loaded.
 */
import { existsSync, renameSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { Clock } from '../lib/clock.ts';
import type { AofDirectory } from './aof/aof-directory.ts';
import { AofError } from './aof/aof-error.ts';
import { AofFileLoad, type CommandReplay } from './aof/aof-file-load.ts';
import { type ListedFile, Manifest } from './aof/manifest.ts';
import { LoadError } from './load-error.ts';
import type { LoadLog } from './load-log.ts';
import type { Loader } from './loader.ts';
import { checkRdb } from './rdb/rdb-check.ts';

export interface StartupOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly keyspace: Keyspace;
  readonly directory: AofDirectory;
  readonly loader: Loader;
  readonly replay: CommandReplay;
  readonly log: LoadLog;
}

/** How loading the files of a manifest has gone. */
interface AofLoad {
  readonly isAborted: boolean;
  /** The last file was cut off: its name, and how much of it is sound. */
  readonly cut: { readonly name: string; readonly soundBytes: number } | null;
}

/** Damage in the middle of the files, and about when what comes before it was written, in Unix milliseconds. */
class Damage {
  readonly error: LoadError;
  readonly soundUntilMs: number;
  /** Something sound has been loaded. */
  readonly hasSoundPart: boolean;

  constructor(error: LoadError, soundUntilMs: number, hasSoundPart: boolean) {
    this.error = error;
    this.soundUntilMs = soundUntilMs;
    this.hasSoundPart = hasSoundPart;
  }
}

export class Startup {
  private readonly options: StartupOptions;

  constructor(options: StartupOptions) {
    this.options = options;
  }

  /**
   * Loads the data set. Resolves to the manifest that the append-only file goes on with, if it is on; null when loading
   * was aborted.
   *
   * @throws {LoadError}
   */
  async load(): Promise<Manifest | null> {
    if (!this.options.config.get('appendonly')) {
      return (await this.loadSnapshot('appendonly is no')) ? Manifest.EMPTY : null;
    }
    let manifest: Manifest;
    try {
      manifest = this.options.directory.readManifest();
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      return this.fallBack(new Damage(error, 0, false));
    }
    if (this.isSingleFile(manifest)) return this.loadSingleFile();
    if (!manifest.isEmpty) return this.loadListed(manifest);
    const why = 'appendonly is yes, and there is no append only file yet';
    return (await this.loadSnapshot(why)) ? Manifest.EMPTY : null;
  }

  /**
   * Loads the files of a manifest at once into the keyspace, which must be empty. `betweenSlices` may tell clients to
   * wait.
   *
   * @throws {LoadError}
   */
  loadAtOnce(manifest: Manifest, betweenSlices: () => void): void {
    const { directory, keyspace, loader } = this.options;
    const files = manifest.files.filter(({ name }) => directory.bytesOf(name) > 0);
    const run = loader.begin(files.reduce((sum, { name }) => sum + directory.bytesOf(name), 0));
    keyspace.outlivesDeadlines = true;
    try {
      for (const [index, { name }] of files.entries()) {
        const load = this.openFile(directory.pathOf(name));
        try {
          run.readAtOnce(load, betweenSlices);
          if (load.isTruncated) this.checkCut(load, index === files.length - 1);
        } finally {
          load.close();
        }
      }
    } finally {
      keyspace.outlivesDeadlines = false;
      loader.end();
    }
  }

  private async loadSnapshot(why: string): Promise<boolean> {
    const { loader, log } = this.options;
    const isThere = existsSync(loader.path);
    this.options.loader.source = isThere ? 'rdb' : 'none';
    const what = isThere ? `the RDB file ${loader.path}` : 'nothing, since there is no RDB file';
    log(isThere ? 'notice' : 'debug', `Loading ${what}: ${why}`);
    return loader.load();
  }

  /** True where the append-only file is one file in `dir`, or was about to be moved to its directory. */
  private isSingleFile({ base, incremental }: Manifest): boolean {
    const { directory } = this.options;
    if (!existsSync(directory.legacyPath) || !statSync(directory.legacyPath).isFile()) return false;
    if (base === null) return incremental.length === 0;
    return incremental.length === 0 && base.name === directory.prefix && !directory.exists(base.name);
  }

  private async loadSingleFile(): Promise<Manifest | null> {
    const { directory, log } = this.options;
    const { legacyPath, prefix } = directory;
    this.options.loader.source = 'aof-single-file';
    log('notice', `Loading the append only file ${legacyPath}: it is of one file, and becomes the base`);
    const file: ListedFile = { name: prefix, sequence: 1, type: 'b' };
    const load = await this.loadFiles([file], () => legacyPath);
    if (load instanceof Damage) return this.fallBack(load);
    if (load.isAborted) return null;
    await directory.create();
    const manifest = Manifest.ofBase(prefix);
    await directory.writeManifest(manifest);
    renameSync(legacyPath, directory.pathOf(prefix));
    await directory.sync();
    log(
      'notice',
      `Successfully migrated an old-style AOF file (${prefix}) into the AOF directory (${directory.path}).`,
    );
    await this.cut(load);
    return manifest;
  }

  private async loadListed(manifest: Manifest): Promise<Manifest | null> {
    const { directory, log } = this.options;
    this.options.loader.source = 'aof';
    log('notice', `Loading the append only file in ${directory.path}: ${manifest.files.length} files are listed`);
    const load = await this.loadFiles(manifest.files, (name) => directory.pathOf(name));
    if (load instanceof Damage) return this.fallBack(load);
    if (load.isAborted) return null;
    await this.cut(load);
    return manifest;
  }

  /** Loads files one after the other. Damage is answered, not thrown; the keyspace holds what comes before it. */
  private async loadFiles(files: readonly ListedFile[], pathOf: (name: string) => string): Promise<AofLoad | Damage> {
    const { loader, log } = this.options;
    const missing = files.find(({ name }) => !existsSync(pathOf(name)));
    if (missing !== undefined) {
      const path = pathOf(missing.name);
      log('warning', `The append log file ${missing.name} doesn't exist: No such file or directory`);
      const reason = 'it is listed in the manifest, and is not there';
      return new Damage(new LoadError(path, new AofError('AOF_MISSING', 0, reason)), 0, false);
    }
    const sizes = files.map(({ name }) => statSync(pathOf(name)).size);
    const run = loader.begin(sizes.reduce((sum, bytes) => sum + bytes, 0));
    // What comes behind the last file with anything in it says nothing.
    const lastIndex = sizes.findLastIndex((bytes) => bytes > 0);
    const { keyspace } = this.options;
    keyspace.outlivesDeadlines = true;
    let soundUntilMs = 0;
    let cut: AofLoad['cut'] = null;
    try {
      for (const [index, { name, type }] of files.entries()) {
        if (sizes[index] === 0) continue;
        const path = pathOf(name);
        const load = this.openFile(path);
        const startedMs = performance.now();
        try {
          if (!(await run.read(load))) return { isAborted: true, cut: null };
          if (load.isTruncated) this.checkCut(load, index === lastIndex);
        } catch (error) {
          if (!(error instanceof LoadError)) throw error;
          return new Damage(error, this.soundUntil(load, soundUntilMs), index > 0 || load.soundBytes > 0);
        } finally {
          load.close();
        }
        if (load.isTruncated) cut = { name, soundBytes: load.soundBytes };
        soundUntilMs = statSync(path).mtimeMs;
        const kind = type === 'b' ? 'base' : 'incr';
        const seconds = ((performance.now() - startedMs) / 1000).toFixed(3);
        log('notice', `DB loaded from ${kind} file ${name}: ${seconds} seconds`);
      }
      log('notice', `DB loaded from append only file: ${(run.elapsedMs / 1000).toFixed(3)} seconds`);
      return { isAborted: false, cut };
    } finally {
      keyspace.outlivesDeadlines = false;
      loader.end();
    }
  }

  /** @throws {LoadError} where a file may not end in the middle of a command */
  private checkCut(load: AofFileLoad, isLast: boolean): void {
    const { config, log } = this.options;
    const name = basename(load.path);
    if (isLast && config.get('aof-load-truncated')) {
      log('warning', `!!! Warning: short read while loading the AOF file ${name}!!!`);
      return;
    }
    if (!isLast) log('warning', 'Fatal error: the truncated file is not the last file');
    const reason = isLast ? 'it ends in the middle of a command' : 'it is truncated, and is not the last file';
    const advice = isLast
      ? `Unexpected end of file reading the append only file ${name}. You can: 1) Make a backup of your AOF file, then use respd --check-aof --fix <filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server.`
      : null;
    throw new LoadError(load.path, new AofError('AOF_TRUNCATED', load.soundBytes, reason, advice));
  }

  /** Keeps aside what was cut off of the last file, and cuts it there. */
  private async cut({ cut }: AofLoad): Promise<void> {
    if (cut === null) return;
    const { clock, directory, log } = this.options;
    const { name, soundBytes } = cut;
    const label = `cut-off-at-${soundBytes}.${Math.floor(clock.nowMs() / 1000)}`;
    const aside = await directory.keepAside(name, soundBytes, label);
    log('warning', `!!! Truncating the AOF ${name} at offset ${soundBytes} !!! What was cut off is kept in ${aside}`);
    await directory.cut(name, soundBytes);
    log('warning', `AOF ${name} loaded anyway because aof-load-truncated is enabled`);
  }

  /**
   * About when the sound part of a file was written: as its last annotation says, or, between the moment when the file
   * was begun and when it was last written to, in proportion to how much of it is sound.
   */
  private soundUntil(load: AofFileLoad, begunMs: number): number {
    if (load.timestampSeconds > 0) return load.timestampSeconds * 1000;
    const fromMs = Math.max(begunMs, load.createdSeconds * 1000);
    if (load.soundBytes === 0 || load.totalBytes === 0) return fromMs;
    const untilMs = statSync(load.path).mtimeMs;
    if (fromMs === 0) return untilMs;
    return fromMs + (Math.max(0, untilMs - fromMs) * load.soundBytes) / load.totalBytes;
  }

  /**
   * Damage: the start ends with it, or with what the policy takes in its place.
   *
   * @throws {LoadError}
   */
  private async fallBack(damage: Damage): Promise<Manifest | null> {
    const { config, keyspace, log } = this.options;
    const { error } = damage;
    if (config.get('aof-load-corrupt-policy') === 'refuse') {
      for (const database of keyspace.databases) database.clear();
      throw error;
    }
    log('warning', `The append only file is damaged: ${error.message}`);
    const snapshotMs = this.soundSnapshotMs();
    if (snapshotMs === 0 && !damage.hasSoundPart) {
      log('warning', 'There is nothing to fall back to: no part of it is sound, and there is no sound RDB file');
      throw error;
    }
    if (snapshotMs <= damage.soundUntilMs && damage.hasSoundPart) {
      this.options.loader.source = 'aof-sound-part';
      log('warning', 'Going on with what comes before the damage, which is newer than the RDB file, if there is one');
    } else {
      for (const database of keyspace.databases) database.clear();
      log('warning', 'Going on with the RDB file, which is newer than what comes before the damage');
      if (!(await this.loadSnapshot('aof-load-corrupt-policy is rdb-fallback'))) return null;
    }
    await this.keepDamagedAside();
    return Manifest.EMPTY;
  }

  /** When the RDB file was made, in Unix milliseconds; 0 where there is none that can be loaded. */
  private soundSnapshotMs(): number {
    const { loader, log } = this.options;
    if (!existsSync(loader.path)) return 0;
    const report = checkRdb(loader.path);
    if (report.fault !== null) {
      log('warning', `The RDB file ${loader.path} is damaged too: ${report.fault.message}`);
      return 0;
    }
    const createdSeconds = Number(report.facts.get('ctime') ?? 0);
    return createdSeconds > 0 ? createdSeconds * 1000 : statSync(loader.path).mtimeMs;
  }

  private async keepDamagedAside(): Promise<void> {
    const { clock, directory, log } = this.options;
    const label = `damaged.${Math.floor(clock.nowMs() / 1000)}`;
    let aside = `${directory.legacyPath}.${label}`;
    if (this.isSingleFile(Manifest.EMPTY) && !directory.exists(directory.manifestName))
      renameSync(directory.legacyPath, aside);
    else aside = await directory.moveAside(label);
    log('warning', `The damaged append only file is kept in ${aside}`);
  }

  private openFile(path: string): AofFileLoad {
    const { config, keyspace, loader, log, replay } = this.options;
    return new AofFileLoad(path, {
      keyspace,
      replay,
      checksum: config.get('rdbchecksum'),
      keyDelayUs: config.get('key-load-delay'),
      log,
      onFunctions: (libraries) => loader.restoreLibraries(libraries),
    });
  }
}
