/**
 * The rates that INFO stats shows.
 */
import { RateMeter } from './rate-meter.ts';
import type { NetworkCounters } from './server-services.ts';
import type { ServerStats } from './server-stats.ts';

export class Rates {
  readonly commands: RateMeter;
  readonly inputBytes: RateMeter;
  readonly outputBytes: RateMeter;

  constructor(nowMs: number) {
    this.commands = new RateMeter(nowMs);
    this.inputBytes = new RateMeter(nowMs);
    this.outputBytes = new RateMeter(nowMs);
  }

  /** To be called about ten times a second, with monotonic milliseconds. */
  sample(stats: ServerStats, network: NetworkCounters, nowMs: number): void {
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
