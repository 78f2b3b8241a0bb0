/** A PostgreSQL server in a temporary directory: Debian's package, which need not run otherwise. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../support/server-process.ts';

const PACKAGES = '/usr/lib/postgresql';

function findPrograms(): string | null {
  if (!existsSync(PACKAGES)) return null;
  const folders = readdirSync(PACKAGES).map((version) => join(PACKAGES, version, 'bin'));
  return folders.findLast((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

const programs = findPrograms();

export const hasPostgres: boolean = programs !== null;

/** It refuses to run as root: then its own user, which the package has made. */
function account(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export class Postgres implements AsyncDisposable {
  readonly url: string;
  private readonly child: ChildProcess;
  private readonly directory: string;

  private constructor(child: ChildProcess, directory: string, port: number) {
    this.child = child;
    this.directory = directory;
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  }

  static async start(): Promise<Postgres> {
    const directory = mkdtempSync(join(tmpdir(), 'respd-postgres-'));
    const who = account();
    if (who.uid !== undefined && who.gid !== undefined) chownSync(directory, who.uid, who.gid);
    const data = join(directory, 'data');
    const options = { ...who, cwd: directory, stdio: 'pipe' } as const;
    const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '--locale=C', '-E', 'UTF8'];
    execFileSync(join(programs ?? '', 'initdb'), initdb, options);
    const port = await freePort();
    const settings = ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1', '-k', directory];
    const child = spawn(join(programs ?? '', 'postgres'), ['-D', data, '-p', String(port), ...settings], options);
    process.on('exit', () => child.kill('SIGKILL'));
    const server = new Postgres(child, directory, port);
    await server.ready();
    return server;
  }

  /** Runs statements on a connection of their own. */
  async run(sql: string): Promise<void> {
    const client = new Client({ connectionString: this.url });
    await client.connect();
    await client.query(sql);
    await client.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null) {
      // "Fast": sessions are ended.
      this.child.kill('SIGINT');
      await once(this.child, 'exit');
    }
    rmSync(this.directory, { recursive: true });
  }

  private async ready(): Promise<void> {
    while (this.child.exitCode === null) {
      try {
        await this.run('SELECT 1');
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error('PostgreSQL has ended at start');
  }
}
