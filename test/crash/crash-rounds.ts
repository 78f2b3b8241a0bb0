/**
 * Kills a server at random moments and looks at what it has kept.
 *
 * In each round several clients write while another one reads; then the process is killed: in the midst of it, during
 * a rewrite of the append-only file, or, once more, while it loads. The next process must hold every acknowledged
 * write, nothing that was never sent, and everything that anybody has read.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../differential/random.ts';
import type { RespClient } from '../support/resp-client.ts';
import { type Program, type ServerOptions, ServerProcess } from '../support/server-process.ts';
import { isConnectionEnd, NumberedWriter } from './numbered-writer.ts';

export type FsyncPolicy = 'always' | 'everysec' | 'no';

export const fsyncPolicies: readonly FsyncPolicy[] = ['always', 'everysec', 'no'];

const WRITERS = 4;
const LONGEST_LOAD_MS = 120;
const LONGEST_BURST = 200;
/** From BGREWRITEAOF to the kill: some rewrites have not begun by then, some are in the midst of it, some have ended. */
const LONGEST_REWRITE_MS = 1200;
const LONGEST_START_MS = 250;
/** Writers of earlier rounds whose keys are compared again. */
const MOST_KEPT = 20;

export interface CrashOptions {
  readonly program: Program;
  readonly fsync: FsyncPolicy;
  readonly rounds: number;
  /** Repeats the choices, though never the moments. */
  readonly seed: number;
  readonly log?: (line: string) => void;
}

/** What the rounds have come to, to be sure that they have tried something. */
export interface CrashReport {
  operations: number;
  /** Operations that were sent and not answered before a kill, and were found all the same. */
  unanswered: number;
  /** … and those that are gone, as they may be. */
  lost: number;
  /** Rewrites that were asked for. */
  rewrites: number;
  /** How often another base was found after a kill. */
  rewritten: number;
  killedWhileLoading: number;
}

/** A promise was broken. The directory is kept. */
export class CrashFault extends Error {
  override readonly name = 'CrashFault';
}

export async function runCrashRounds(options: CrashOptions): Promise<CrashReport> {
  const directory = await mkdtemp(join(tmpdir(), 'respd-crash-'));
  const rounds = new CrashRounds(options, directory);
  try {
    await rounds.run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CrashFault(`${options.fsync}, seed ${options.seed}, ${directory}: ${reason}`, { cause: error });
  }
  await rm(directory, { recursive: true, force: true });
  return rounds.report;
}

class CrashRounds {
  readonly report: CrashReport = {
    operations: 0,
    unanswered: 0,
    lost: 0,
    rewrites: 0,
    rewritten: 0,
    killedWhileLoading: 0,
  };
  private readonly options: CrashOptions;
  private readonly directory: string;
  private readonly random: Random;
  /** Writers of earlier rounds that were not flushed since, and what their keys hold. */
  private kept: { readonly writer: NumberedWriter; readonly state: string }[] = [];
  /** The number of the base that the server has last started from. */
  private base = 1;

  constructor(options: CrashOptions, directory: string) {
    this.options = options;
    this.directory = directory;
    this.random = new Random(options.seed);
  }

  async run(): Promise<void> {
    let server = await this.start();
    try {
      for (let round = 1; round <= this.options.rounds; round++) {
        const writers = Array.from({ length: WRITERS }, (_, i) => new NumberedWriter(`${round}:${i}`, i));
        await this.flushSometimes(server);
        await this.loadAndKill(server, writers, round % 5 > 2);
        if (round % 3 === 0) await this.killWhileLoading();
        server = await this.start();
        await this.check(server, writers);
        await this.countRewritten();
        this.options.log?.(`round ${round}: ${JSON.stringify(this.report)}`);
      }
    } finally {
      await server.stop('SIGKILL');
    }
  }

  private get settings(): ServerOptions & { readonly directory: string } {
    return {
      directory: this.directory,
      config: {
        appendonly: 'yes',
        appendfsync: this.options.fsync,
        'aof-use-rdb-preamble': this.random.chance(0.5) ? 'yes' : 'no',
        'auto-aof-rewrite-min-size': this.random.chance(0.5) ? '64kb' : '64mb',
      },
    };
  }

  private start(): Promise<ServerProcess> {
    return ServerProcess.start(this.options.program, this.settings);
  }

  private async flushSometimes(server: ServerProcess): Promise<void> {
    if (this.kept.length < MOST_KEPT && !this.random.chance(0.2)) return;
    const client = await server.connect();
    await client.call('FLUSHALL', this.random.chance(0.5) ? 'SYNC' : 'ASYNC');
    this.kept = [];
  }

  private async loadAndKill(
    server: ServerProcess,
    writers: readonly NumberedWriter[],
    rewrites: boolean,
  ): Promise<void> {
    const { random } = this;
    const writing = writers.map(async (writer) => writer.write(await server.connect(), random));
    const watching = watch(await server.connect(), writers);
    await sleep(random.between(20, LONGEST_LOAD_MS));
    if (rewrites) {
      const control = await server.connect();
      control.call('BGREWRITEAOF').catch(() => undefined);
      this.report.rewrites++;
      await sleep(random.below(LONGEST_REWRITE_MS));
    }
    if (server.exited) throw new Error(`the server ended by itself:\n${server.output}`);
    if (random.chance(0.7)) {
      // In the midst of its work: on a machine with few processors it would mostly be found waiting for the writers.
      for (const writer of writers) writer.burst(random.between(1, LONGEST_BURST));
      await new Promise((turn) => setImmediate(turn));
      for (const endMs = performance.now() + random.below(5000) / 1000; performance.now() < endMs; );
    }
    process.kill(server.pid, 'SIGKILL');
    await Promise.all([server.exit(), watching, ...writing]);
    for (const { refusal } of writers) if (refusal !== null) throw refusal;
  }

  private async killWhileLoading(): Promise<void> {
    const { config, directory } = this.settings;
    const keyLoadDelay = { 'key-load-delay': this.random.chance(0.5) ? 200 : 0 };
    const server = ServerProcess.launch(this.options.program, { directory, config: { ...config, ...keyLoadDelay } });
    await sleep(this.random.below(LONGEST_START_MS));
    if (server.exited) throw new Error(`the server does not start:\n${server.output}`);
    await server.stop('SIGKILL');
    this.report.killedWhileLoading++;
  }

  private async check(server: ServerProcess, writers: readonly NumberedWriter[]): Promise<void> {
    const client = await server.connect();
    for (const { state, writer } of this.kept) {
      const found = await writer.read(client);
      if (found !== state) throw new Error(`what was there before has changed: ${found} instead of ${state}`);
    }
    for (const writer of writers) {
      const count = await writer.check(client);
      if (typeof count === 'string') throw new Error(`${count}\n${server.output}`);
      this.report.operations += count;
      this.report.unanswered += count - writer.acknowledged;
      this.report.lost += writer.sent - count;
      this.kept.push({ writer, state: await writer.read(client) });
    }
    await this.checkFlushed(client);
  }

  private async countRewritten(): Promise<void> {
    const manifest = await readFile(join(this.directory, 'appendonlydir', 'appendonly.aof.manifest'), 'latin1');
    const base = Number(/ seq (\d+) type b/.exec(manifest)?.[1] ?? this.base);
    if (base !== this.base) this.report.rewritten++;
    this.base = base;
  }

  /** Nothing is there but what was written since the last flush. */
  private async checkFlushed(client: RespClient): Promise<void> {
    let expected = 0;
    for (const { state } of this.kept) {
      const values = JSON.parse(state) as unknown[];
      expected += values.filter((value, i) => i !== TTL_INDEX && value !== null && !isEmptyList(value)).length;
    }
    let found = 0;
    for (const database of [0, 1, 2]) {
      await client.call('SELECT', database);
      found += Number(await client.call('DBSIZE'));
    }
    if (found !== expected) throw new Error(`${found} keys are there instead of ${expected}`);
  }
}

const TTL_INDEX = 9;

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Reads what others write until the connection ends. */
async function watch(client: RespClient, writers: readonly NumberedWriter[]): Promise<void> {
  try {
    for (let i = 0; ; i++) await writers[i % writers.length].observe(client);
  } catch (error) {
    if (!isConnectionEnd(error)) throw error;
  }
}
