/**
 * A client that PINGs every millisecond while others load the server, and how long each took. It is a process of
 * its own, lest the loader's work be mistaken for the server's, and keeps sending while replies are outstanding, so
 * that a pause counts once for every PING it delays.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { tether } from './server-process.ts';
import { maximum, percentile } from './statistics.ts';

const PONG_TIMEOUT_MS = 30_000;

/** Latencies in milliseconds. */
export interface ProbeReport {
  readonly pings: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export class LatencyProbe {
  private readonly client: ChildProcess;

  private constructor(port: number) {
    const program = fileURLToPath(new URL('./latency-probe-client.ts', import.meta.url));
    this.client = tether(fork(program, [String(port)], { execArgv: ['--import', 'tsx'], serialization: 'advanced' }));
  }

  /** Resolves once the probe's first PING was answered. */
  static async start(port: number): Promise<LatencyProbe> {
    const probe = new LatencyProbe(port);
    await probe.nextMessage();
    return probe;
  }

  /** Ends the probe; rejects when it lost its connection on the way. */
  async stop(): Promise<ProbeReport> {
    if (this.client.exitCode !== null) throw new Error('the latency probe ended before it was asked to');
    const reported = this.nextMessage();
    this.client.send('stop');
    const latenciesMs = [...((await reported) as Float64Array)];
    return { pings: latenciesMs.length, p999Ms: percentile(latenciesMs, 0.999), maxMs: maximum(latenciesMs) };
  }

  private nextMessage(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the latency probe waits for a PONG')), PONG_TIMEOUT_MS);
      this.client.once('exit', (code) => reject(new Error(`the latency probe ended with status ${code}`)));
      this.client.once('message', (message) => {
        clearTimeout(timer);
        resolve(message);
      });
    });
  }
}
