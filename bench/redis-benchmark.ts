/** Runs `redis-benchmark` (Redis's own load generator) once and reads its CSV output. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { tether } from './server-process.ts';

const CLIENTS = 50;
const TIMEOUT_MS = 120_000;

/** One invocation: a test of `redis-benchmark -t` and how it is run. */
export interface Load {
  /** `set`, `get`, `incr`, `mset`, `ping_inline`, `ping_mbulk`. */
  readonly command: string;
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
  const options = {
    '-h': '127.0.0.1',
    '-p': port,
    '-c': CLIENTS,
    '-n': load.requests,
    '-P': load.pipeline,
    '-d': load.valueBytes,
    '-r': load.keys,
    '-t': load.command,
  };
  const running = promisify(execFile)(
    'redis-benchmark',
    ['--csv', ...Object.entries(options).flatMap(([name, value]) => [name, String(value)])],
    { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' },
  );
  tether(running.child);
  return parseReport((await running).stdout);
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
