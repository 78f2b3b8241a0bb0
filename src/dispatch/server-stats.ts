/**
 * Counters of INFO stats that the dispatcher and the engine keep, reset by CONFIG RESETSTAT.
 */
export class ServerStats {
  commandsProcessed = 0;
  errorReplies = 0;
  /** Replies by their code: INFO errorstats. */
  readonly errors = new Map<string, number>();
  slowestTurnUs = 0;
  loopIterations = 0;
  loopBusyUs = 0;

  countError(code: string): void {
    this.errorReplies++;
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  reset(): void {
    this.commandsProcessed = this.errorReplies = this.slowestTurnUs = 0;
    this.loopIterations = this.loopBusyUs = 0;
    this.errors.clear();
  }
}
