/**
 * Talks with a client at once, by its socket's descriptor, while the event loop stands still.
 */
import { readSync, writeSync } from 'node:fs';
import type { Dialogue } from '../dispatch/transport.ts';

const BUFFER_BYTES = 16 * 1024;
/** Between two looks at a socket that has nothing to read, or takes nothing. */
const PAUSE_MS = 5;
/** How long a client may take to read. */
const WRITE_TIMEOUT_MS = 5000;

export class SocketDialogue implements Dialogue {
  private readonly descriptor: number;
  private readonly buffer = new Uint8Array(BUFFER_BYTES);
  private readonly clock = new Int32Array(new SharedArrayBuffer(4));

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  read(): Uint8Array | null {
    for (;;) {
      try {
        const length = readSync(this.descriptor, this.buffer, 0, BUFFER_BYTES, null);
        return length === 0 ? null : this.buffer.subarray(0, length);
      } catch (error) {
        if (!isNotReady(error)) return null;
        this.pause();
      }
    }
  }

  write(bytes: Uint8Array): void {
    const endMs = performance.now() + WRITE_TIMEOUT_MS;
    for (let at = 0; at < bytes.length && performance.now() < endMs; ) {
      try {
        at += writeSync(this.descriptor, bytes, at, bytes.length - at);
      } catch (error) {
        // The next read finds out that the client has gone.
        if (!isNotReady(error)) return;
        this.pause();
      }
    }
  }

  private pause(): void {
    Atomics.wait(this.clock, 0, 0, PAUSE_MS);
  }
}

function isNotReady(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
