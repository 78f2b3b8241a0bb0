/**
 * Counters of INFO stats that the dispatcher and the engine keep, reset by CONFIG RESETSTAT.
 */
export class ServerStats {
  commandsProcessed = 0;
  errorReplies = 0;
  /** Replies by their code: INFO errorstats. */
  readonly errors = new Map<string, number>();
  /** Time that the active expiry cycle took. */
  expiryUs = 0;
  /** Logins and commands that access control has refused, by reason. */
  readonly accessDenied = { auth: 0, command: 0, key: 0, channel: 0 };

  countError(code: string): void {
    this.errorReplies++;
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  reset(): void {
    this.commandsProcessed = this.errorReplies = this.expiryUs = 0;
    this.errors.clear();
    const { accessDenied } = this;
    accessDenied.auth = accessDenied.command = accessDenied.key = accessDenied.channel = 0;
  }
}
