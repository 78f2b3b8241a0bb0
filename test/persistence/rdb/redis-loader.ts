/**
 * Real Redis as the judge of files: does it load them, what is in them then, and how large would it have made them?
 */
import { execFile } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startRedis } from '../../support/redis-server.ts';
import type { RespClient } from '../../support/resp-client.ts';
import type { ServerProcess } from '../../support/server-process.ts';

export class RedisLoader implements AsyncDisposable {
  readonly client: RespClient;
  readonly directory: string;
  private readonly server: ServerProcess;

  private constructor(server: ServerProcess, client: RespClient) {
    this.server = server;
    this.client = client;
    this.directory = server.directory;
  }

  static async start(config: Readonly<Record<string, string | number>> = {}): Promise<RedisLoader> {
    const server = await startRedis({ config });
    return new RedisLoader(server, await server.connect());
  }

  /** Loads the file in place of all keys, and answers the digest of what is there then. */
  async load(file: Uint8Array): Promise<string> {
    await writeFile(join(this.directory, 'dump.rdb'), file);
    await this.client.call('DEBUG', 'RELOAD', 'NOSAVE');
    return String(await this.client.call('DEBUG', 'DIGEST'));
  }

  /** Bytes of the file that Redis makes of what it has loaded. */
  async ownFileBytes(): Promise<number> {
    await this.client.call('SAVE');
    return (await stat(join(this.directory, 'dump.rdb'))).size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}

/** What redis-check-rdb prints about a file; throws when it finds fault with it. */
export function checkRdb(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('redis-check-rdb', [path], (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stdout, { cause: error }));
    });
  });
}
