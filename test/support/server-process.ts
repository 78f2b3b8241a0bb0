/**
 * A server as a child process in a directory of its own: started with a configuration, ready when PING answers,
 * gone with its directory when stopped, and killed when the test process exits.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RespClient } from './resp-client.ts';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;

export interface ServerOptions {
  /** Directives, given as `--name value`; an array is a value of several words. */
  readonly config?: Readonly<Record<string, string | number | readonly string[]>>;
  /** Arguments before the directives, such as a configuration file. */
  readonly args?: readonly string[];
  /** Listen on a free TCP port of 127.0.0.1 too. */
  readonly tcp?: boolean;
  /** An existing data directory, kept when the server stops; by default a new one that is removed. */
  readonly directory?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class ServerProcess implements AsyncDisposable {
  readonly name: string;
  readonly directory: string;
  readonly socketPath: string;
  /** 0 without `tcp`. */
  readonly port: number;
  private readonly child: ChildProcess;
  private readonly removesDirectory: boolean;
  private readonly clients = new Set<RespClient>();
  private text = '';

  private constructor(program: Program, options: ServerOptions, directory: string, port: number) {
    this.name = program.name;
    this.directory = directory;
    this.removesDirectory = options.directory === undefined;
    this.socketPath = join(directory, 'server.sock');
    this.port = port;
    const config = {
      port,
      bind: '127.0.0.1',
      unixsocket: this.socketPath,
      dir: directory,
      save: '',
      ...options.config,
    };
    const directives = Object.entries(config).flatMap(([name, value]) => [
      `--${name}`,
      ...(Array.isArray(value) ? value : [String(value)]),
    ]);
    this.child = spawn(program.command, [...program.args, ...(options.args ?? []), ...directives], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    running.add(this.child);
    this.child.once('exit', () => running.delete(this.child));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.text = (this.text + text).slice(-200_000);
      });
    }
  }

  /** Starts a server in an existing directory and does not wait for it. */
  static launch(program: Program, options: ServerOptions & { readonly directory: string }): ServerProcess {
    return new ServerProcess(program, options, options.directory, 0);
  }

  static async start(program: Program, options: ServerOptions = {}): Promise<ServerProcess> {
    const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'respd-test-')));
    const port = options.tcp === true ? await freePort() : 0;
    const server = new ServerProcess(program, options, directory, port);
    try {
      await server.ready();
    } catch (error) {
      await server.stop('SIGKILL');
      throw error;
    }
    return server;
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** Everything the server has printed, cut to the last 200,000 characters. */
  get output(): string {
    return this.text;
  }

  get exited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** A new connection through the Unix socket; closed with the server. */
  async connect(): Promise<RespClient> {
    const client = await RespClient.connect({ path: this.socketPath });
    this.clients.add(client);
    return client;
  }

  /** Waits until the process has ended by itself; answers its exit code, null after a signal. */
  async exit(): Promise<number | null> {
    if (!this.exited) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  /** Ends the server (by SIGTERM unless told otherwise), waits for it and removes its directory. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await Promise.all([...this.clients].map((client) => client.close()));
    this.clients.clear();
    if (!this.exited && this.child.pid !== undefined) {
      this.child.kill(signal);
      const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await this.exit();
      clearTimeout(timer);
    }
    if (this.removesDirectory) await rm(this.directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async ready(): Promise<void> {
    let failure: Error | null = null;
    this.child.once('error', (error) => {
      failure = error;
    });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (failure !== null) throw failure;
      if (this.exited) throw new Error(`${this.name} ended with ${this.child.exitCode} at start:\n${this.text}`);
      if (await this.answers()) return;
      await sleep(20);
    }
    throw new Error(`${this.name} did not answer PING within ${START_TIMEOUT_MS} ms:\n${this.text}`);
  }

  private async answers(): Promise<boolean> {
    let client: RespClient;
    try {
      client = await RespClient.connect({ path: this.socketPath });
    } catch {
      return false;
    }
    try {
      const reply = (await client.raw('PING')).toString('latin1');
      return reply.startsWith('+PONG') || reply.startsWith('-NOAUTH');
    } catch {
      return false;
    } finally {
      await client.close();
    }
  }
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the probe has no port');
  return address.port;
}
