/**
 * What a session asks of whatever carries its bytes. A socket connection is one transport; AOF replay, scripts,
 * tests and the embedded API have none of their own and use {@link NO_TRANSPORT}.
 */
export interface Transport {
  readonly kind: 'tcp' | 'tls' | 'unix' | 'none';
  /** `ip:port`, `[v6]:port` as Redis prints it, `path:0` for Unix sockets; empty without a socket. */
  readonly address: string;
  readonly localAddress: string;
  /** The descriptor that CLIENT LIST shows; -1 when unknown. */
  readonly descriptor: number;
  /** Bytes received and neither executed nor parsed into the arguments of a command that is still incomplete. */
  readonly queryBytes: number;
  /** Bytes allocated to hold them. */
  readonly queryCapacity: number;
  /** Bytes of replies that the kernel has not taken yet. */
  readonly outputBytes: number;
  /** Output chunks that hold them. */
  readonly outputChunks: number;
  /**
   * True when the client has not read so much that it is over its limits: it will be closed, and nothing more will be
   * sent to it. Commands with replies of any length ask now and then, so as not to go on in vain.
   */
  readonly isOverLimit: boolean;
  /** Has what the session has written sent at the end of this turn. To be called whenever a reply is written outside `execute`. */
  scheduleFlush(): void;
  /** Goes on executing what was received while the session was blocked or paused. */
  resume(): void;
  /** Begins to talk with the client at once; null where that is not possible. What was written so far is sent before. */
  openDialogue(): Dialogue | null;
  /** Closes after what was written so far has been sent, or at once when `discardOutput`. */
  close(discardOutput: boolean): void;
}

/** Bytes to and from a client in the middle of a command, without the event loop, which stands still meanwhile. */
export interface Dialogue {
  /** The next bytes, as soon as there are some; null when the client has gone. They are good until the next call. */
  read(): Uint8Array | null;
  /** Writes as far as the client reads it within some seconds. */
  write(bytes: Uint8Array): void;
}

export const NO_TRANSPORT: Transport = {
  kind: 'none',
  address: '',
  localAddress: '',
  descriptor: -1,
  queryBytes: 0,
  queryCapacity: 0,
  outputBytes: 0,
  outputChunks: 0,
  isOverLimit: false,
  scheduleFlush() {},
  resume() {},
  openDialogue: () => null,
  close() {},
};
