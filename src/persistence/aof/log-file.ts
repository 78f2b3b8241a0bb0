/**
 * The writing of a log to the end of a file: at once, or in another thread.
 *
 * A plain write takes a few microseconds, unless a sync of the file is in flight or the disk has been slow just now. One
 * that fails is undone by cutting the file where the last good one ended, so that no part of a command is left in it, and
 * what was not written goes back to the buffer.
 */
import { closeSync, ftruncateSync, write, writeSync } from 'node:fs';
import { systemErrorText } from '../../lib/system-error.ts';
import type { Chunk, CommandBuffer } from './command-buffer.ts';

/** A write that took longer was slowed down by the disk, which is taken to be slow for a while. */
const SLOW_WRITE_MS = 5;
const SLOW_PERIOD_MS = 2000;

/** The descriptor of no file. */
export const CLOSED = -1;

export interface LogFileOptions {
  /** The system has taken so many bytes. */
  readonly onTaken: (bytes: number) => void;
  /** What another thread was to write is written, or failed for this reason. */
  readonly onWriteEnd: (failure: string | null) => void;
  readonly log: (level: 'notice' | 'warning', message: string) => void;
  /** How long a write took, for the latency monitor. */
  readonly onLatency?: (event: string, milliseconds: number) => void;
}

export class LogFile {
  fd = CLOSED;
  /** Bytes in the file. */
  bytes = 0;
  /** Another thread writes. */
  isWriting = false;
  private readonly buffer: CommandBuffer;
  private readonly options: LogFileOptions;
  private slowUntilMs = 0;

  constructor(buffer: CommandBuffer, options: LogFileOptions) {
    this.buffer = buffer;
    this.options = options;
  }

  get isOpen(): boolean {
    return this.fd !== CLOSED;
  }

  /** Whether a write could take long. */
  get isSlow(): boolean {
    if (this.slowUntilMs === 0) return false;
    if (performance.now() < this.slowUntilMs) return true;
    this.slowUntilMs = 0;
    return false;
  }

  /** Goes on in another file, of so many bytes; answers the descriptor of the one before, which stays open. */
  switchTo(fd: number, bytes: number): number {
    const before = this.fd;
    this.fd = fd;
    this.bytes = bytes;
    return before;
  }

  close(): void {
    if (this.isOpen) closeSync(this.fd);
    this.fd = CLOSED;
  }

  /** Writes what is in the buffer; answers why that failed, or null. */
  write(): string | null {
    const startMs = performance.now();
    const chunks = this.buffer.take();
    for (let i = 0; i < chunks.length; i++) {
      const chunk = chunks[i];
      const { start } = chunk;
      try {
        while (chunk.start < chunk.end) {
          chunk.start += writeSync(this.fd, chunk.bytes, chunk.start, chunk.end - chunk.start);
        }
      } catch (error) {
        this.buffer.putBack(chunks.slice(i));
        this.undo(chunk, start);
        return systemErrorText(error);
      }
      this.took(chunk.end - start);
      this.buffer.recycle(chunk);
    }
    const endMs = performance.now();
    if (endMs - startMs < 1) return null;
    this.options.onLatency?.('aof-write-alone', endMs - startMs);
    if (endMs - startMs >= SLOW_WRITE_MS) this.slowUntilMs = endMs + SLOW_PERIOD_MS;
    return null;
  }

  /** Has another thread write what is in the buffer; false if that is nothing. */
  writeElsewhere(): boolean {
    const chunks = this.buffer.take();
    if (chunks.length === 0) return false;
    this.isWriting = true;
    this.writeChunk(chunks, 0, chunks[0].start);
    return true;
  }

  private writeChunk(chunks: Chunk[], index: number, start: number): void {
    const chunk = chunks[index];
    write(this.fd, chunk.bytes, chunk.start, chunk.end - chunk.start, null, (error, bytes) => {
      if (error !== null) {
        this.isWriting = false;
        this.buffer.putBack(chunks.slice(index));
        this.undo(chunk, start);
        this.options.onWriteEnd(systemErrorText(error));
        return;
      }
      chunk.start += bytes;
      if (chunk.start < chunk.end) {
        this.writeChunk(chunks, index, start);
        return;
      }
      this.took(chunk.end - start);
      this.buffer.recycle(chunk);
      if (index + 1 < chunks.length) {
        this.writeChunk(chunks, index + 1, chunks[index + 1].start);
        return;
      }
      this.isWriting = false;
      this.options.onWriteEnd(null);
    });
  }

  private took(bytes: number): void {
    this.bytes += bytes;
    this.options.onTaken(bytes);
  }

  /** A chunk was written in part: cuts the file where it began; where that fails, the rest is written later. */
  private undo(chunk: Chunk, start: number): void {
    const partBytes = chunk.start - start;
    if (partBytes === 0) return;
    try {
      ftruncateSync(this.fd, this.bytes);
      chunk.start = start;
    } catch (error) {
      this.options.log(
        'warning',
        `Could not remove short write from the append-only file.  Redis may refuse to load the AOF the next time it starts.  ftruncate: ${systemErrorText(error)}`,
      );
      this.took(partBytes);
    }
  }
}
