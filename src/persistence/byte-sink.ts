/**
 * Where encoders write to: a file, a buffer, a socket.
 */

export interface ByteSink {
  /** Takes `bytes[start, end)` before it returns; they are overwritten afterwards. */
  write(bytes: Uint8Array, start: number, end: number): void;
}

/** Gathers everything in memory. */
export class BufferSink implements ByteSink {
  private readonly chunks: Uint8Array[] = [];
  private length = 0;

  write(bytes: Uint8Array, start: number, end: number): void {
    this.chunks.push(bytes.slice(start, end));
    this.length += end - start;
  }

  /** What was written since the last call, in one array. */
  take(): Uint8Array {
    const whole = new Uint8Array(this.length);
    let at = 0;
    for (const chunk of this.chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    this.chunks.length = 0;
    this.length = 0;
    return whole;
  }
}
