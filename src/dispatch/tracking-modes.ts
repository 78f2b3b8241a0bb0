/**
 * How a session's reads are tracked for client-side caching.
 */

/** What CLIENT TRACKING asks for. */
export interface TrackingOptions {
  /** All changes of keys with certain prefixes are told, whether or not the session has read them. */
  readonly broadcast: boolean;
  /** Keys are tracked only where CLIENT CACHING YES comes before the command. */
  readonly optIn: boolean;
  /** Keys are tracked unless CLIENT CACHING NO comes before the command. */
  readonly optOut: boolean;
  /** The session is not told of changes of its own. */
  readonly noLoop: boolean;
}

export interface TrackingModes extends TrackingOptions {
  /** The prefixes whose keys are broadcast, one character a byte. */
  readonly prefixes: Set<string>;
  /** Bytes that they take. */
  prefixBytes: number;
  /** CLIENT CACHING has been said for the command that follows. */
  isCachingSaid: boolean;
  /** The client that is to be sent the invalidations is gone. */
  isRedirectBroken: boolean;
}
