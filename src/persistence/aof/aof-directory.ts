/**
 * The directory of an append-only file: its manifest and its files on disk.
 *
 * What is written here never blocks the main thread: all but the looks at the start are asynchronous. A manifest is
 * replaced as a whole, under a temporary name first, and is on the disk when that is done.
 */
import { closeSync, constants, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import { LoadError } from '../load-error.ts';
import { syncDirectory } from '../sync-directory.ts';
import { AofError } from './aof-error.ts';
import { Manifest, ManifestError } from './manifest.ts';

/** What the name of a manifest begins with that is not in its place yet. */
const TEMPORARY_PREFIX = 'temp-';

export class AofDirectory {
  private readonly config: Config;

  constructor(config: Config) {
    this.config = config;
  }

  get path(): string {
    return join(resolve(this.config.get('dir')), this.config.get('appenddirname'));
  }

  /** What names of files begin with: `appendfilename`. */
  get prefix(): string {
    return this.config.get('appendfilename');
  }

  get manifestName(): string {
    return `${this.prefix}.manifest`;
  }

  /** Where servers before Redis 7 have the whole of it in one file. */
  get legacyPath(): string {
    return join(resolve(this.config.get('dir')), this.prefix);
  }

  pathOf(name: string): string {
    return join(this.path, Buffer.from(name, 'latin1').toString());
  }

  exists(name: string): boolean {
    return existsSync(this.pathOf(name));
  }

  /** Bytes of a file; 0 where there is none. */
  bytesOf(name: string): number {
    return statSync(this.pathOf(name), { throwIfNoEntry: false })?.size ?? 0;
  }

  /**
   * The manifest on disk; an empty one where there is none.
   *
   * @throws {LoadError} where it can't be read, or makes no sense
   */
  readManifest(): Manifest {
    const path = this.pathOf(this.manifestName);
    if (!existsSync(path)) return Manifest.EMPTY;
    try {
      return Manifest.parse(readFileSync(path, 'latin1'));
    } catch (error) {
      if (error instanceof ManifestError) {
        throw new LoadError(path, new AofError('AOF_MANIFEST_INVALID', 0, error.message));
      }
      throw new LoadError(path, AofError.unreadable(0, error));
    }
  }

  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o755 });
  }

  /** Puts a manifest in the place of the one on disk. Rejects with the system's error. */
  async writeManifest(manifest: Manifest): Promise<void> {
    const temporary = this.pathOf(TEMPORARY_PREFIX + this.manifestName);
    const handle = await open(temporary, 'w', 0o644);
    try {
      await handle.writeFile(manifest.toString(), 'latin1');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, this.pathOf(this.manifestName));
    await this.sync();
  }

  /** Opens a file to append to, new and empty. Throws the system's error. */
  createFile(name: string): number {
    const { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } = constants;
    return openSync(this.pathOf(name), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o644);
  }

  /** Opens a file to append to. Throws the system's error. */
  openFile(name: string): number {
    return openSync(this.pathOf(name), 'a', 0o644);
  }

  /** Closes a file that was begun in vain, and removes it unless it is listed and so has no name here. */
  async discardFile(fd: number, name: string | null): Promise<void> {
    closeSync(fd);
    if (name !== null) await this.remove(name);
  }

  /** Removes a file, if it is there. */
  async remove(name: string): Promise<void> {
    await unlink(this.pathOf(name)).catch(() => undefined);
  }

  /** Copies what stands in a file from `offset` on to a new file beside it; answers its name. */
  async keepAside(name: string, offset: number, label: string): Promise<string> {
    const asideName = `${name}.${label}`;
    const from = await open(this.pathOf(name), 'r');
    const to = await open(this.pathOf(asideName), 'w', 0o644);
    try {
      await copy(from, offset, to);
      await to.sync();
    } finally {
      await from.close();
      await to.close();
    }
    return asideName;
  }

  /** Cuts a file at a length. */
  async cut(name: string, bytes: number): Promise<void> {
    const handle = await open(this.pathOf(name), 'r+');
    try {
      await handle.truncate(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** Gives the whole directory another name beside it, which is answered. */
  async moveAside(label: string): Promise<string> {
    const aside = `${this.path}.${label}`;
    await rename(this.path, aside);
    return aside;
  }

  /** Brings the directory's own entries to the disk. */
  async sync(): Promise<void> {
    await syncDirectory(this.path);
  }
}

const COPY_BYTES = 1024 * 1024;

async function copy(from: FileHandle, offset: number, to: FileHandle): Promise<void> {
  const buffer = new Uint8Array(COPY_BYTES);
  for (let at = offset; ; ) {
    const { bytesRead } = await from.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return;
    await to.writeFile(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}
