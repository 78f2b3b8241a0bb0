/**
 * Counters of INFO stats that the dispatcher and the engine keep, reset by CONFIG RESETSTAT.
 */
/** Codes that are told apart, as in Redis 7.2: scripts may make up any number of them. */
const MAX_CODES = 128;
/** What all others count as. */
const OTHER_CODES = 'ERRORSTATS_OVERFLOW';

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
    const count = this.errors.get(code);
    if (count !== undefined || this.errors.size < MAX_CODES) this.errors.set(code, (count ?? 0) + 1);
    else this.errors.set(OTHER_CODES, (this.errors.get(OTHER_CODES) ?? 0) + 1);
  }

  reset(): void {
    this.commandsProcessed = this.errorReplies = this.expiryUs = 0;
    this.errors.clear();
    const { accessDenied } = this;
    accessDenied.auth = accessDenied.command = accessDenied.key = accessDenied.channel = 0;
  }
}
