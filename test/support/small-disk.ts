/**
 * A disk of a few kilobytes that a server process writes to: a tmpfs in the process's own mount namespace where
 * mounting is allowed, else a limit on the size of its files. Both can be given more room while the server runs.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Program, type ServerOptions, ServerProcess } from './server-process.ts';

const ENLARGED = '64m';

/** What stands for a disk that is full. */
export type DiskKind = 'tmpfs' | 'file limit';

function mayMount(): boolean {
  return spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;
}

/** Those that this system has. */
export const diskKinds: readonly DiskKind[] = mayMount() ? ['tmpfs', 'file limit'] : ['file limit'];

export class SmallDisk implements AsyncDisposable {
  readonly kind: DiskKind;
  readonly server: ServerProcess;
  private readonly home: string;

  private constructor(kind: DiskKind, home: string, server: ServerProcess) {
    this.kind = kind;
    this.home = home;
    this.server = server;
  }

  /** Starts a server whose `dir` has room for so many bytes: in all, or with a file limit in each file. */
  static async start(kind: DiskKind, bytes: number, program: Program, options: ServerOptions): Promise<SmallDisk> {
    const home = await mkdtemp(join(tmpdir(), 'respd-disk-'));
    const run = 'exec "$0" "$@"';
    // Without the trap the kernel would end the process that reaches the limit.
    const limited = `trap '' XFSZ; ulimit -S -f ${Math.floor(bytes / 512)}; ${run}`;
    const mounted = `mkdir '${home}/disk' && mount -t tmpfs -o size=${bytes} tmpfs '${home}/disk' && ${run}`;
    const shell = ['sh', '-c', kind === 'tmpfs' ? mounted : `mkdir '${home}/disk'; ${limited}`];
    const [command, ...args] = [...(kind === 'tmpfs' ? ['unshare', '-rm'] : []), ...shell];
    try {
      const server = await ServerProcess.start(
        { name: program.name, command, args: [...args, program.command, ...program.args] },
        { ...options, directory: home, config: { ...options.config, dir: join(home, 'disk') } },
      );
      return new SmallDisk(kind, home, server);
    } catch (error) {
      await rm(home, { recursive: true, force: true });
      throw error;
    }
  }

  /** The server's `dir`, as this process reaches it while the server runs. */
  get path(): string {
    return this.kind === 'tmpfs' ? `/proc/${this.server.pid}/root${this.home}/disk` : join(this.home, 'disk');
  }

  /** There is room again. */
  enlarge(): void {
    const { pid } = this.server;
    if (this.kind === 'tmpfs') this.remount(`size=${ENLARGED}`);
    else execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited']);
  }

  /** Nothing can be written, or everything again. Only for a tmpfs. */
  setReadOnly(isReadOnly: boolean): void {
    this.remount(isReadOnly ? 'ro' : 'rw');
  }

  private remount(option: string): void {
    const target = ['-t', String(this.server.pid), '-U', '--preserve-credentials', '-m'];
    execFileSync('nsenter', [...target, 'mount', '-o', `remount,${option}`, `${this.home}/disk`]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
    await rm(this.home, { recursive: true, force: true });
  }
}
