/**
 * A server under measurement: a child process on a port of its own, in a temporary directory of its own, and
 * what Linux's /proc says about it. No child outlives this program, however it ends.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** The servers that can be compared. */
export type ServerName = 'redis' | 'respd';

const READY_TIMEOUT_MS = 120_000;
const COMMAND_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
const OUTPUT_KEPT = 4096;

const children = new Set<ChildProcess>();
const directories = new Set<string>();

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

/** Sees to it that `child` is killed when this program exits. */
export function tether<Child extends ChildProcess>(child: Child): Child {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** A directory that is removed when this program exits. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'respd-bench-'));
  directories.add(directory);
  return directory;
}

/** A TCP port that is free at the moment. */
export async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  await new Promise<void>((resolve) => listener.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('the system gave no TCP port');
  return address.port;
}

/** Directives of redis.conf and their values. */
export type Settings = Readonly<Record<string, string>>;

/** Arguments, understood by Redis and respd alike, for a server on loopback that keeps nothing on disk. */
export function serverArguments(port: number, directory: string, settings: Settings = {}): string[] {
  const common = { port, bind: '127.0.0.1', dir: directory, save: '', appendonly: 'no', loglevel: 'warning' };
  const directives = { ...common, ...settings };
  return Object.entries(directives).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/** Resolves to whether a PING on `port` is answered now. Never rejects. */
export function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write('PING\r\n'));
    socket.once('data', (bytes) => {
      resolve(bytes.toString('latin1').startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

export class ServerProcess {
  readonly name: ServerName;
  readonly port: number;
  readonly pid: number;
  /** For single commands; not for measured load. */
  readonly control: Redis;
  /** Its working directory, where it puts its files. */
  readonly directory: string;
  private readonly child: ChildProcess;
  private readonly stopSignal: NodeJS.Signals;

  private constructor(
    name: ServerName,
    child: ChildProcess,
    port: number,
    directory: string,
    stopSignal: NodeJS.Signals,
  ) {
    if (child.pid === undefined) throw new Error(`${name} has no process id`);
    this.name = name;
    this.child = child;
    this.pid = child.pid;
    this.port = port;
    this.directory = directory;
    this.stopSignal = stopSignal;
    this.control = new Redis({
      port,
      host: '127.0.0.1',
      protocol: 2,
      lazyConnect: true,
      enableReadyCheck: false,
      disableClientInfo: true,
      commandTimeout: COMMAND_TIMEOUT_MS,
    });
    // A lost connection shows as the failure of the command that waits for it.
    this.control.on('error', () => {});
  }

  /**
   * Starts `command` (program and leading arguments) with {@link serverArguments} and waits for its first PONG.
   * Throws, with the last of its output, when it ends before or does not answer in time. `stopSignal` is what
   * {@link ServerProcess.stop} sends; `directory` is a new one unless it is that of an earlier server.
   */
  static async start(
    name: ServerName,
    command: readonly string[],
    stopSignal: NodeJS.Signals = 'SIGKILL',
    directory: string = temporaryDirectory(),
    settings: Settings = {},
  ): Promise<ServerProcess> {
    const port = await freePort();
    const child = tether(
      spawn(command[0], [...command.slice(1), ...serverArguments(port, directory, settings)], {
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    let output = '';
    const keep = (text: Buffer) => {
      output = (output + text.toString()).slice(-OUTPUT_KEPT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    let ended: string | null = null;
    child.once('error', (error) => {
      ended = error.message;
    });
    child.once('exit', (code, signal) => {
      ended = `it ended with ${signal ?? `status ${code}`}`;
    });
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (!(await answersPing(port))) {
      if (ended === null && performance.now() > deadline) ended = `no PONG within ${READY_TIMEOUT_MS / 1000} s`;
      if (ended !== null) {
        child.kill('SIGKILL');
        throw new Error(`${name} (${command.join(' ')}) did not start: ${ended}\n${output}`);
      }
      await sleep(2);
    }
    const server = new ServerProcess(name, child, port, directory, stopSignal);
    await server.control.connect();
    return server;
  }

  /** Fields of `INFO section`, by name. */
  async info(section: string): Promise<Map<string, string>> {
    const text = await this.control.info(section);
    return new Map([...text.matchAll(/^([^#:\r\n]+):(.*?)\r?$/gm)].map((match) => [match[1], match[2]]));
  }

  /** `used_memory` in bytes. */
  async usedMemoryBytes(): Promise<number> {
    return Number((await this.info('memory')).get('used_memory'));
  }

  /** Resident set in bytes (VmRSS). */
  residentBytes(): number {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'latin1'));
    if (kibibytes === null) throw new Error(`/proc/${this.pid}/status has no VmRSS`);
    return Number(kibibytes[1]) * 1024;
  }

  /** CPU time used so far by all threads, user and system, in microseconds (steps of one clock tick, 10 ms). */
  cpuMicroseconds(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'latin1');
    // The second field is the program's name and may hold spaces and parentheses; the third follows the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond();
  }

  /** Waits until the server uses less than a tenth of a processor (freeing and rehashing done), 10 s at most. */
  async idle(): Promise<void> {
    for (let attempt = 0; attempt < 50; attempt++) {
      const before = this.cpuMicroseconds();
      await sleep(200);
      if (this.cpuMicroseconds() - before <= 20_000) return;
    }
  }

  /** Empties all databases and waits until the memory has been taken apart. */
  async flush(): Promise<void> {
    await this.control.flushall();
    await this.idle();
  }

  /** Ends the process and removes its directory, unless another server is to go on with that. */
  async stop(directory: 'remove' | 'keep' = 'remove'): Promise<void> {
    this.control.disconnect();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
      this.child.kill(this.stopSignal);
      const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    }
    if (directory === 'keep') return;
    rmSync(this.directory, { recursive: true, force: true });
    directories.delete(this.directory);
  }
}

let knownTicksPerSecond = 0;

function ticksPerSecond(): number {
  if (knownTicksPerSecond === 0)
    knownTicksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return knownTicksPerSecond;
}
