/**
 * A server in this process whose snapshots are watched: its log, its directory, and its threads.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DirectiveName } from '../../src/config/directives/index.ts';
import type { Server } from '../../src/server.ts';
import { RespClient, type Word } from '../support/resp-client.ts';
import { serverModule } from '../support/server-module.ts';

const modules = await serverModule();

/** Slow enough for anything to happen during a save of some hundred keys. */
export const SLOW = { 'rdb-key-save-delay': '4000' };

export class SavingServer implements AsyncDisposable {
  readonly directory: string;
  readonly log: string[] = [];
  readonly server: Server;
  client!: RespClient;
  private readonly clients: RespClient[] = [];

  private constructor(directory: string, directives: Readonly<Partial<Record<DirectiveName, string>>>) {
    this.directory = directory;
    const config = modules.Config.defaults();
    const all = { save: '', port: '0', dir: directory, unixsocket: join(directory, 'server.sock'), ...directives };
    for (const [name, text] of Object.entries(all)) config.override(name as DirectiveName, text);
    this.server = new modules.Server({ config, log: (_level, message) => this.log.push(message) });
  }

  static async start(directives: Readonly<Partial<Record<DirectiveName, string>>> = {}): Promise<SavingServer> {
    const directory = await mkdtemp(join(tmpdir(), 'respd-saving-'));
    const subject = new SavingServer(directory, directives);
    await subject.server.start();
    subject.client = await subject.connect();
    return subject;
  }

  async connect(): Promise<RespClient> {
    const client = await RespClient.connect({ path: join(this.directory, 'server.sock') });
    this.clients.push(client);
    return client;
  }

  /** The reply as text, errors too. */
  async call(...words: readonly Word[]): Promise<string> {
    try {
      return String(await this.client.call(...words));
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Puts in so many keys, in one pipeline. */
  async fill(count: number): Promise<void> {
    await this.client.send(Array.from({ length: count }, (_, i) => ['SET', `key:${i}`, `value ${i}`]));
  }

  /** A field of INFO. */
  async info(field: string): Promise<string> {
    const text = await this.call('INFO', 'everything');
    return new RegExp(`^${field}:(.*)\\r$`, 'm').exec(text)?.[1] ?? '';
  }

  /** Waits until a field of INFO has a value. */
  async until(field: string, value: string): Promise<void> {
    const deadline = Date.now() + 30_000;
    while ((await this.info(field)) !== value) {
      if (Date.now() > deadline) throw new Error(`${field} is not ${value}; log:\n${this.log.join('\n')}`);
      await sleep(10);
    }
  }

  /** Waits until no save is under way. */
  async idle(): Promise<void> {
    await this.until('rdb_bgsave_in_progress', '0');
  }

  async file(name = 'dump.rdb'): Promise<Buffer> {
    return readFile(join(this.directory, name));
  }

  /** Names of temporary files. */
  async temporaryFiles(): Promise<string[]> {
    return (await readdir(this.directory)).filter((name) => name.startsWith('temp-'));
  }

  /** Waits until no frozen memory is kept any more. */
  async released(): Promise<void> {
    const { heap } = this.server.engine.keyspace;
    const deadline = Date.now() + 30_000;
    while (heap.snapshotCount > 0 || heap.snapshotBytes > 0) {
      if (Date.now() > deadline) throw new Error(`${heap.snapshotCount} snapshots keep ${heap.snapshotBytes} bytes`);
      await sleep(10);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    await this.server.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}
