/**
 * TLS sessions that can be resumed by clients which have no tickets (`tls-session-caching`): the newest
 * `tls-session-cache-size` of them. Those with tickets keep their sessions themselves.
 *
 * Whether a session is too old is for OpenSSL to say, which has its time in the data; here it only makes room.
 */
export class TlsSessions {
  private readonly capacity: number;
  /** By identifier in hexadecimal, the oldest first. */
  private readonly sessions = new Map<string, Buffer>();

  /** @param capacity 0 is any number */
  constructor(capacity: number) {
    this.capacity = capacity === 0 ? Number.POSITIVE_INFINITY : capacity;
  }

  get size(): number {
    return this.sessions.size;
  }

  remember(id: Buffer, data: Buffer): void {
    this.sessions.set(id.toString('hex'), data);
    for (const oldest of this.sessions.keys()) {
      if (this.sessions.size <= this.capacity) return;
      this.sessions.delete(oldest);
    }
  }

  /** The data of a session, or null. */
  find(id: Buffer): Buffer | null {
    return this.sessions.get(id.toString('hex')) ?? null;
  }
}
