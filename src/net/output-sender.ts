/**
 * Sends what a session's writer holds.
 *
 * Output is in one of three places, in the order in which it will leave: handed to the socket and not yet taken by the
 * system (in flight), sealed with the log position it waits for, or still in the writer. Runs of the first two have
 * been taken from the writer; they are released, in that order, as soon as the system has copied them.
 *
 * Where the socket's descriptor is known, output is written to it directly, which costs half of what a write through
 * the stream does. What the system does not take of it, for whatever reason, goes to the stream, which waits, and which
 * tells of errors; as long as it has something to send, everything goes through it.
 */
import { writeSync, writevSync } from 'node:fs';
import type net from 'node:net';
import type { RespWriter } from '../protocol/resp-writer.ts';
import type { NetworkStats } from './network-stats.ts';

/** More buffers than this the system does not take at a time (`IOV_MAX`). */
const MAX_BUFFERS = 1024;

export class OutputSender {
  /** Bytes that wait for the log. */
  sealedBytes = 0;

  private readonly socket: net.Socket;
  private readonly writer: RespWriter;
  private readonly stats: NetworkStats;
  /** Called when the system has taken everything that was in flight. */
  private readonly drained: () => void;
  /** The socket's descriptor, -1 where output has to go through the stream: not known, or TLS. */
  private readonly descriptor: number;
  private inFlightBytes = 0;
  private inFlightRuns = 0;
  /** The sealed runs, and for each the position that it waits for; positions do not fall. */
  private readonly sealedRuns: Uint8Array[] = [];
  private readonly sealedPositions: number[] = [];
  private readonly written = (): void => this.afterWrite();

  constructor(socket: net.Socket, descriptor: number, writer: RespWriter, stats: NetworkStats, drained: () => void) {
    this.socket = socket;
    this.descriptor = descriptor;
    this.writer = writer;
    this.stats = stats;
    this.drained = drained;
  }

  /** Bytes that the system has not taken yet, wherever they are. */
  get bytes(): number {
    return this.inFlightBytes + this.sealedBytes + this.writer.pendingBytes;
  }

  /** The chunks, more or less, that hold them. */
  get chunks(): number {
    return this.writer.takenRuns + this.writer.pendingChunks;
  }

  /** True when output waits in the writer and nothing is in its way. */
  get isStalled(): boolean {
    return this.inFlightBytes === 0 && this.sealedBytes === 0 && this.writer.pendingBytes > 0;
  }

  /** Sends what the writer holds, unless the system is still busy with what was sent before. */
  send(): void {
    const { writer } = this;
    const bytes = writer.pendingBytes;
    if (bytes === 0 || this.inFlightBytes > 0) return;
    const chunk = writer.singleChunk;
    if (chunk === null) {
      this.write(writer.takeAll());
      return;
    }
    this.stats.writes++;
    const taken = this.writeNow(chunk, writer.singleStart, bytes);
    writer.consume(taken);
    if (taken < bytes) this.writeLater(writer.takeAll());
  }

  /** Holds what the writer holds until `position` is durable. */
  seal(position: number): void {
    const bytes = this.writer.pendingBytes;
    if (bytes === 0) return;
    this.sealedBytes += bytes;
    const single = this.writer.takeSingle();
    if (single === null) for (const run of this.writer.takeAll()) this.pushSealed(run, position);
    else this.pushSealed(single, position);
  }

  /** Sends the sealed output whose position is durable. */
  sendSealed(durable: number): void {
    const { sealedRuns, sealedPositions } = this;
    const count = sealedRuns.length;
    if (count === 0 || sealedPositions[0] > durable) return;
    if (count === 1 && this.inFlightBytes === 0) {
      // The usual case, without what arrays cost where they are cut.
      this.sealedBytes = 0;
      sealedPositions.pop();
      this.writeSingle(sealedRuns.pop() as Uint8Array);
      return;
    }
    let first = 1;
    while (first < count && sealedPositions[first] <= durable) first++;
    sealedPositions.splice(0, first);
    const runs = sealedRuns.splice(0, first);
    this.sealedBytes -= lengthOf(runs);
    this.write(runs);
  }

  /** Drops what was not handed to the socket yet. */
  discard(): void {
    this.writer.reset();
    this.sealedRuns.length = 0;
    this.sealedPositions.length = 0;
    this.sealedBytes = 0;
  }

  /** The socket is closed and the system refers to no chunk any more. */
  dispose(): void {
    this.discard();
    this.writer.release(this.writer.takenRuns);
    this.inFlightBytes = 0;
    this.inFlightRuns = 0;
  }

  private pushSealed(run: Uint8Array, position: number): void {
    this.sealedRuns.push(run);
    this.sealedPositions.push(position);
  }

  /** Sends a run that was taken. */
  private writeSingle(run: Uint8Array): void {
    this.stats.writes++;
    const taken = this.writeNow(run, 0, run.length);
    if (taken === run.length) this.writer.release(1);
    else this.writeLater([run.subarray(taken)]);
  }

  /** Sends runs that were taken. */
  private write(runs: Uint8Array[]): void {
    this.stats.writes++;
    if (this.inFlightBytes > 0) {
      this.writeLater(runs);
      return;
    }
    let taken = this.writeSeveralNow(runs);
    let first = 0;
    while (first < runs.length && taken >= runs[first].length) taken -= runs[first++].length;
    this.writer.release(first);
    if (first === runs.length) return;
    const rest = runs.slice(first);
    rest[0] = rest[0].subarray(taken);
    this.writeLater(rest);
  }

  /** Writes to the descriptor; answers how many bytes the system has taken, 0 where it can't be done now. */
  private writeNow(bytes: Uint8Array, start: number, length: number): number {
    // The descriptor of a destroyed socket may be somebody else's by now.
    if (this.descriptor < 0 || this.socket.destroyed) return 0;
    try {
      const taken = writeSync(this.descriptor, bytes, start, length);
      this.stats.outputBytes += taken;
      return taken;
    } catch {
      return 0;
    }
  }

  private writeSeveralNow(runs: readonly Uint8Array[]): number {
    if (this.descriptor < 0 || this.socket.destroyed || runs.length > MAX_BUFFERS) return 0;
    try {
      const taken = writevSync(this.descriptor, runs);
      this.stats.outputBytes += taken;
      return taken;
    } catch {
      return 0;
    }
  }

  /** Hands runs to the stream. */
  private writeLater(runs: readonly Uint8Array[]): void {
    const { socket } = this;
    const last = runs.length - 1;
    socket.cork();
    for (let i = 0; i < last; i++) socket.write(runs[i]);
    socket.write(runs[last], this.written);
    socket.uncork();
    this.inFlightRuns += runs.length;
    this.inFlightBytes += lengthOf(runs);
  }

  private afterWrite(): void {
    // A destroyed socket answers its callbacks early, while the system may still read the chunks.
    if (this.inFlightBytes === 0 || this.socket.writableLength > 0 || this.socket.destroyed) return;
    this.stats.outputBytes += this.inFlightBytes;
    this.writer.release(this.inFlightRuns);
    this.inFlightBytes = 0;
    this.inFlightRuns = 0;
    this.drained();
  }
}

function lengthOf(runs: readonly Uint8Array[]): number {
  let bytes = 0;
  for (let i = 0; i < runs.length; i++) bytes += runs[i].length;
  return bytes;
}
