/** Runs `redis-benchmark` (Redis's own load generator) once and reads its CSV output. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { tether } from './server-process.ts';

const CLIENTS = 50;
const TIMEOUT_MS = 120_000;
const MOST_REQUESTS = 2 ** 31 - 1;

/** One invocation: a command and how it is run. */
export interface Load {
  /**
   * A test of `redis-benchmark -t` (`set`, `ping_inline`, `lpush` …), or the words of a command of one's own, in which
   * `__rand_int__` stands for a number below {@link Load.keys} in twelve digits.
   */
  readonly command: string | readonly string[];
  readonly requests: number;
  readonly pipeline: number;
  readonly valueBytes: number;
  /** Keys are drawn evenly from this many. */
  readonly keys: number;
}

/** What redis-benchmark reports; latencies in milliseconds. */
export interface LoadReport {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Puts `load` on the server at `port`. Rejects when redis-benchmark fails, as it does on an error reply. */
export async function runLoad(port: number, load: Load): Promise<LoadReport> {
  const running = promisify(execFile)('redis-benchmark', ['--csv', ...loadArguments(port, load)], {
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  tether(running.child);
  return parseReport((await running).stdout);
}

/** A load that goes on until it is told to stop. */
export class EndlessLoad {
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;

  private constructor(child: ChildProcess) {
    this.child = child;
    this.exited = new Promise((resolve) => child.once('close', () => resolve()));
  }

  /** Puts `load`, whatever its number of requests, on the server at `port`. */
  static start(port: number, load: Load): EndlessLoad {
    const endless = { ...load, requests: MOST_REQUESTS };
    return new EndlessLoad(
      tether(spawn('redis-benchmark', ['-q', ...loadArguments(port, endless)], { stdio: 'ignore' })),
    );
  }

  /** Ends the load; rejects when it had ended before, as it does on an error reply. */
  async stop(): Promise<void> {
    const hadEnded = this.child.exitCode !== null || this.child.pid === undefined;
    this.child.kill('SIGKILL');
    await this.exited;
    if (hadEnded) throw new Error(`redis-benchmark ended by itself with status ${this.child.exitCode}`);
  }
}

function loadArguments(port: number, load: Load): string[] {
  const options = {
    '-h': '127.0.0.1',
    '-p': port,
    '-c': CLIENTS,
    '-n': load.requests,
    '-P': load.pipeline,
    '-d': load.valueBytes,
    '-r': load.keys,
  };
  const command = typeof load.command === 'string' ? ['-t', load.command] : load.command;
  return [...Object.entries(options).flatMap(([name, value]) => [name, String(value)]), ...command];
}

/** Reads the heading and the first row of `redis-benchmark --csv`, by the names of the columns. */
export function parseReport(csv: string): LoadReport {
  const lines = csv.split('\n').filter((line) => line.startsWith('"'));
  const heading = lines.findIndex((line) => line.startsWith('"test",'));
  if (heading < 0 || lines.length < heading + 2) throw new Error(`redis-benchmark reported no result: ${csv.trim()}`);
  const names = fieldsOf(lines[heading]);
  const fields = fieldsOf(lines[heading + 1]);
  const column = (name: string): number => {
    const value = Number(fields[names.indexOf(name)]);
    if (!Number.isFinite(value)) throw new Error(`redis-benchmark reported no ${name}: ${csv.trim()}`);
    return value;
  };
  return {
    requestsPerSecond: column('rps'),
    p50Ms: column('p50_latency_ms'),
    p99Ms: column('p99_latency_ms'),
    maxMs: column('max_latency_ms'),
  };
}

function fieldsOf(line: string): string[] {
  return line.trim().slice(1, -1).split('","');
}
