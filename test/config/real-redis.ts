/** A real redis-server 7.0 for comparisons, on a Unix socket in a directory of its own. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/** Why comparisons have to be skipped, or null. */
export function whyNoRedis(): string | null {
  try {
    const version = execFileSync('redis-server', ['--version'], { encoding: 'utf8' });
    return version.includes('v=7.0.') ? null : `redis-server is not 7.0: ${version.trim()}`;
  } catch {
    return 'redis-server is not installed';
  }
}

export class RealRedis implements AsyncDisposable {
  readonly client: Redis;
  readonly directory: string;
  private readonly server: ChildProcess;

  private constructor(directory: string, server: ChildProcess, client: Redis) {
    this.directory = directory;
    this.server = server;
    this.client = client;
  }

  /** Starts a server; `args` come first, so that they may begin with a file. */
  static async start(args: readonly string[], directory = makeDirectory()): Promise<RealRedis> {
    const path = join(directory, 'redis.sock');
    const server = spawn('redis-server', [...args, '--port', '0', '--unixsocket', path], {
      cwd: directory,
      stdio: 'ignore',
    });
    const client = new Redis({ path, retryStrategy: () => 50, maxRetriesPerRequest: null });
    client.on('error', () => {});
    await client.ping();
    return new RealRedis(directory, server, client);
  }

  /** The reply of CONFIG SET: OK or the error. */
  async set(...args: string[]): Promise<string> {
    try {
      return String(await this.client.call('CONFIG', 'SET', ...args.map((arg) => Buffer.from(arg, 'latin1'))));
    } catch (error) {
      return (error as Error).message;
    }
  }

  async get(...patterns: string[]): Promise<Map<string, string>> {
    const reply = (await this.client.callBuffer('CONFIG', 'GET', ...patterns)) as Buffer[];
    const found = new Map<string, string>();
    for (let i = 0; i < reply.length; i += 2) found.set(reply[i].toString('latin1'), reply[i + 1].toString('latin1'));
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.disconnect();
    const ended = new Promise((resolve) => this.server.once('exit', resolve));
    this.server.kill('SIGKILL');
    await ended;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A new directory, without symbolic links in its path. */
export function makeDirectory(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'respd-config-')));
}
