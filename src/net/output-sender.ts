/**
 * Sends what a session's writer holds.
 *
 * Output is in one of three places, in the order in which it will leave: handed to the socket and not yet taken by the
 * system (in flight), sealed with the log position it waits for, or still in the writer. Runs of the first two have
 * been taken from the writer; they are released, in that order, as soon as the system has copied them, which is nearly
 * always during the write itself.
 */
import type net from 'node:net';
import type { RespWriter } from '../protocol/resp-writer.ts';
import type { NetworkStats } from './network-stats.ts';

const NOTHING = new Uint8Array(0);

/** Output that waits until `position` is durable. */
interface Seal {
  readonly position: number;
  readonly runs: readonly Uint8Array[];
  readonly bytes: number;
}

export class OutputSender {
  /** Bytes that wait for the log. */
  sealedBytes = 0;

  private readonly socket: net.Socket;
  private readonly writer: RespWriter;
  private readonly stats: NetworkStats;
  /** Called when the system has taken everything that was in flight. */
  private readonly drained: () => void;
  /** False where the stream never finishes a write at once, so that a callback is needed anyway (TLS). */
  private readonly writesAtOnce: boolean;
  private inFlightBytes = 0;
  private inFlightRuns = 0;
  private readonly seals: Seal[] = [];
  private readonly written = (): void => this.afterWrite();

  constructor(socket: net.Socket, writer: RespWriter, writesAtOnce: boolean, stats: NetworkStats, drained: () => void) {
    this.socket = socket;
    this.writer = writer;
    this.writesAtOnce = writesAtOnce;
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
    const bytes = this.writer.pendingBytes;
    if (bytes === 0 || this.inFlightBytes > 0) return;
    const single = this.writer.takeSingle();
    if (single === null) this.writeSeveral(this.writer.takeAll(), bytes);
    else {
      // No callback in the usual case: it would cost a tick for each write.
      if (this.writesAtOnce) this.socket.write(single);
      else this.socket.write(single, this.written);
      this.dispatched(1, bytes);
    }
  }

  /** Holds what the writer holds until `position` is durable. */
  seal(position: number): void {
    const bytes = this.writer.pendingBytes;
    if (bytes === 0) return;
    this.seals.push({ position, runs: this.writer.takeAll(), bytes });
    this.sealedBytes += bytes;
  }

  /** Sends the sealed output whose position is durable. */
  sendSealed(durable: number): void {
    let sent = 0;
    while (sent < this.seals.length && this.seals[sent].position <= durable) {
      const { runs, bytes } = this.seals[sent++];
      this.sealedBytes -= bytes;
      this.writeSeveral(runs, bytes);
    }
    if (sent > 0) this.seals.splice(0, sent);
  }

  /** Drops what was not handed to the socket yet. */
  discard(): void {
    this.writer.reset();
    this.seals.length = 0;
    this.sealedBytes = 0;
  }

  /** The socket is closed and the system refers to no chunk any more. */
  dispose(): void {
    this.discard();
    this.writer.release(this.writer.takenRuns);
    this.inFlightBytes = 0;
    this.inFlightRuns = 0;
  }

  private writeSeveral(runs: readonly Uint8Array[], bytes: number): void {
    const { socket } = this;
    const last = runs.length - 1;
    socket.cork();
    for (let i = 0; i < last; i++) socket.write(runs[i]);
    if (this.writesAtOnce) socket.write(runs[last]);
    else socket.write(runs[last], this.written);
    socket.uncork();
    this.dispatched(runs.length, bytes);
  }

  private dispatched(runs: number, bytes: number): void {
    this.stats.writes++;
    if (this.socket.writableLength === 0) {
      this.stats.outputBytes += bytes;
      this.writer.release(runs);
      return;
    }
    this.inFlightRuns += runs;
    this.inFlightBytes += bytes;
    // An empty write is done when everything before it is.
    if (this.writesAtOnce) this.socket.write(NOTHING, this.written);
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
