/**
 * What commands may ask of the connections to other servers. The engine satisfies it.
 */

/** A connection to another server, which whoever took it has for himself. */
export interface PeerLink {
  /** The database that is selected there; -1 where that is not known. */
  database: number;
  /**
   * Sends requests.
   *
   * @param timeoutMs how long the other side may take nothing
   * @throws {PeerError}
   */
  send(bytes: Uint8Array, timeoutMs: number): Promise<void>;
  /**
   * The next reply, which has to be a line (a status or an error), with its first character.
   *
   * @throws {PeerError}
   */
  readLine(timeoutMs: number): Promise<string>;
  close(): void;
}

export interface PeerService {
  /** Connections that wait to be used again. */
  readonly idleLinks: number;
  /**
   * A connection, one that waits or a new one.
   *
   * @throws {PeerError} when there is none to be had
   */
  take(host: string, port: number, timeoutMs: number): Promise<PeerLink>;
  /** Keeps a connection for the next one to take it, for some seconds. */
  giveBack(link: PeerLink): void;
}

/** The other server can't be reached, is lost, or takes too long. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
  readonly code: 'PEER_LOST' | 'PEER_TIMEOUT';

  constructor(code: 'PEER_LOST' | 'PEER_TIMEOUT', message: string) {
    super(message);
    this.code = code;
  }
}
