/**
 * The rates that INFO stats shows.
 */
import { RateMeter } from './rate-meter.ts';
import type { NetworkCounters } from './server-services.ts';
import type { ServerStats } from './server-stats.ts';

/** A tenth of a second, less what a timer is early. */
const MIN_INTERVAL_MS = 90;

export class Rates {
  readonly commands: RateMeter;
  readonly inputBytes: RateMeter;
  readonly outputBytes: RateMeter;
  private sampledMs: number;

  constructor(nowMs: number) {
    this.sampledMs = nowMs;
    this.commands = new RateMeter(nowMs);
    this.inputBytes = new RateMeter(nowMs);
    this.outputBytes = new RateMeter(nowMs);
  }

  /** Takes note of the counters ten times a second, if it is called at least so often; monotonic milliseconds. */
  sample(stats: ServerStats, network: NetworkCounters, nowMs: number): void {
    if (nowMs - this.sampledMs < MIN_INTERVAL_MS) return;
    this.sampledMs = nowMs;
    this.commands.sample(stats.commandsProcessed, nowMs);
    this.inputBytes.sample(network.inputBytes, nowMs);
    this.outputBytes.sample(network.outputBytes, nowMs);
  }

  reset(): void {
    this.commands.reset();
    this.inputBytes.reset();
    this.outputBytes.reset();
  }
}
