/**
 * Where a {@link RespWriter} puts its bytes: chunks from the server's {@link ChunkPool}, a small one first, large ones
 * after that. What is pending is a list of runs (a range of a chunk each), of which the last is open and grows. Usually
 * it is the only one. Invariants: runs are in the order of the output, the runs of one chunk follow each other, and the
 * open run is the last in its chunk. A run may also lie in bytes that are nobody's and are sent to many.
 *
 * How a connection drains it:
 *
 * - At once: `singleChunk` and `singleStart` tell where the only pending run is, and `consume(n)` drops what the kernel
 *   has taken of it.
 * - Later: `takeSingle()` answers the only pending run, or null when there is none or several; `takeAll()` answers them
 *   all. Their chunks now belong to the write that is in flight, and further replies go to a fresh chunk. When the
 *   kernel has taken the bytes, in the order in which they were taken, the connection calls `release(n)` with the number
 *   of runs; their chunks go back to the pool. Views of released runs must not be touched again.
 *
 * So a connection whose output is sent holds no chunk.
 *
 * An aggregate of unknown length leaves a gap for its header. When its length is known, the header is written at the
 * gap's end, and the gap's unused rest is closed by moving what follows only if that is short; else the run is split
 * around it. So no reply is ever moved as a whole, however long.
 */
import { invariant } from '../lib/invariant.ts';
import { type ChunkPool, TINY_CHUNK_BYTES } from './chunk-pool.ts';
import { ReplyWriter } from './reply-writer.ts';

const NOTHING = new Uint8Array(0);

/** Up to so many bytes are copied one by one. */
const SHORT_RUN = 64;
/** Room for the header of a deferred aggregate: a type byte, 13 digits, a line break. */
export const GAP_BYTES = 16;
/** So much is moved to close the rest of a gap; beyond that another run is cheaper. */
const MOVED_BYTES = 1024;

export abstract class ChunkedWriter extends ReplyWriter {
  private readonly pool: ChunkPool;

  // The open run: chunk[start, used).
  protected chunk: Uint8Array = NOTHING;
  private start = 0;
  protected used = 0;

  // The closed runs before it.
  private readonly runChunks: Uint8Array[] = [];
  private readonly runStarts: number[] = [];
  private readonly runEnds: number[] = [];
  /** False for runs in bytes that are not the pool's. */
  private readonly runOwned: boolean[] = [];
  private closedBytes = 0;

  // Where the gaps of open deferred aggregates are: the index of the run, the offset in its chunk, and how many bytes
  // were pending before it.
  private readonly gapRuns: number[] = [];
  private readonly gapOffsets: number[] = [];
  private readonly gapMarks: number[] = [];

  /** For each taken run in order the chunk that its release gives back, or null where a later one does, or none. */
  private readonly taken: (Uint8Array | null)[] = [];

  constructor(pool: ChunkPool) {
    super();
    this.pool = pool;
  }

  /** Bytes written and not yet taken. */
  override get pendingBytes(): number {
    return this.closedBytes + this.used - this.start;
  }

  /** How many chunks hold them. */
  get pendingChunks(): number {
    let count = this.used > this.start ? 1 : 0;
    let next = this.used > this.start ? this.chunk : NOTHING;
    for (let i = this.runChunks.length - 1; i >= 0; i--) {
      if (this.runChunks[i] !== next) count++;
      next = this.runChunks[i];
    }
    return count;
  }

  /** Runs that were taken and not yet released. */
  get takenRuns(): number {
    return this.taken.length;
  }

  /** The chunk of the only pending run, which is `pendingBytes` long; null when nothing is pending, or several runs. */
  get singleChunk(): Uint8Array | null {
    const closed = this.runChunks.length;
    if (closed === 0) return this.used === this.start ? null : this.chunk;
    return closed === 1 && this.used === this.start ? this.runChunks[0] : null;
  }

  /** Where the only pending run begins in its chunk. */
  get singleStart(): number {
    return this.runChunks.length === 0 ? this.start : this.runStarts[0];
  }

  /** The first `bytes` bytes of the only pending run have been sent. */
  consume(bytes: number): void {
    invariant(this.gapMarks.length === 0, 'output was taken in the middle of a reply');
    if (this.runChunks.length > 0) {
      this.runStarts[0] += bytes;
      this.closedBytes -= bytes;
      if (this.closedBytes === 0) this.reset();
      return;
    }
    this.start += bytes;
    if (this.start < this.used) return;
    this.pool.give(this.chunk);
    this.chunk = NOTHING;
    this.start = 0;
    this.used = 0;
  }

  /** Takes the only pending run, the usual case; null when nothing is pending or there are several runs. */
  takeSingle(): Uint8Array | null {
    const { chunk, start, used } = this;
    if (this.runChunks.length !== 0 || used === start) return null;
    invariant(this.gapMarks.length === 0, 'output was taken in the middle of a reply');
    this.taken.push(chunk);
    this.chunk = NOTHING;
    this.start = 0;
    this.used = 0;
    return chunk.subarray(start, used);
  }

  /** Takes all pending runs, in the order in which they are to be sent; none is empty. */
  takeAll(): Uint8Array[] {
    invariant(this.gapMarks.length === 0, 'output was taken in the middle of a reply');
    const views: Uint8Array[] = [];
    this.closeRun();
    const chunks = this.runChunks;
    for (let i = 0; i < chunks.length; i++) {
      views.push(chunks[i].subarray(this.runStarts[i], this.runEnds[i]));
      this.taken.push(this.givesBack(i) ? chunks[i] : null);
    }
    if (this.chunk !== NOTHING && !this.chunkIsShared()) this.pool.give(this.chunk);
    this.forgetPending();
    return views;
  }

  /** The `runs` runs that were taken first have been sent: their chunks are used anew. */
  release(runs: number): void {
    const taken = this.taken;
    invariant(runs <= taken.length, 'released more runs of output than were taken');
    for (let i = 0; i < runs; i++) {
      const chunk = taken[i];
      if (chunk !== null) this.pool.give(chunk);
    }
    // Setting a length costs more than taking the only one away.
    if (taken.length === 1 && runs === 1) taken.pop();
    else taken.splice(0, runs);
  }

  /** Drops what is pending. What was taken stays until it is released. */
  reset(): void {
    while (this.gapMarks.length > 0) this.popGap();
    for (let i = 0; i < this.runChunks.length; i++) if (this.givesBack(i)) this.pool.give(this.runChunks[i]);
    if (this.chunk !== NOTHING && !this.chunkIsShared()) this.pool.give(this.chunk);
    this.forgetPending();
  }

  /** The current end of the output, for {@link rewind}. Valid until something is taken. */
  mark(): number {
    return this.closedBytes + this.used - this.start;
  }

  /** Drops everything written since `mark`, deferred aggregates begun since then included. */
  rewind(mark: number): void {
    if (mark === 0) {
      this.reset();
      return;
    }
    while (this.gapMarks.length > 0 && this.gapMarks[this.gapMarks.length - 1] >= mark) this.popGap();
    while (this.closedBytes > mark) {
      const last = this.runChunks.length - 1;
      const chunk = this.runChunks[last];
      invariant(this.runOwned[last], 'a message was dropped with a reply');
      if (this.chunk !== chunk && this.chunk !== NOTHING) this.pool.give(this.chunk);
      this.chunk = chunk;
      this.start = this.runStarts[last];
      this.used = this.runEnds[last];
      this.closedBytes -= this.used - this.start;
      this.runChunks.length = last;
      this.runStarts.length = last;
      this.runEnds.length = last;
      this.runOwned.length = last;
    }
    this.used = this.start + (mark - this.closedBytes);
    if (this.used === this.start && !this.chunkIsShared()) {
      this.start = 0;
      this.used = 0;
    }
  }

  /** Appends bytes that are RESP already, such as a message for many subscribers. */
  appendRaw(bytes: Uint8Array, start: number, end: number): void {
    // Of a thousand clients that get a message each most have nothing else to be sent. Small chunks for all of them are
    // more than the pool keeps: 2.3 µs a message in place of 0.1.
    const isFirst = this.chunk === NOTHING && this.runChunks.length === 0;
    if (isFirst && end - start <= TINY_CHUNK_BYTES) this.chunk = this.pool.takeTiny();
    this.append(bytes, start, end);
  }

  /** Appends bytes that are RESP already, and that nobody changes any more: they are sent from where they are. */
  appendShared(bytes: Uint8Array, start: number, end: number): void {
    this.closeRun();
    if (this.chunk !== NOTHING && !this.chunkIsShared()) this.pool.give(this.chunk);
    this.chunk = NOTHING;
    this.start = 0;
    this.used = 0;
    this.pushRun(bytes, start, end, false);
  }

  /** Leaves a gap of {@link GAP_BYTES} and answers a mark for {@link fillGap}, which is never 0. */
  protected leaveGap(): number {
    if (this.used + GAP_BYTES > this.chunk.length) this.nextChunk();
    this.gapMarks.push(this.mark());
    this.gapRuns.push(this.runChunks.length);
    this.gapOffsets.push(this.used);
    this.used += GAP_BYTES;
    return this.gapMarks.length;
  }

  /** Puts a header of at most {@link GAP_BYTES}, `header[0, size)`, into the innermost gap and closes the rest of it. */
  protected fillGap(mark: number, header: Uint8Array, size: number): void {
    invariant(mark === this.gapMarks.length && mark > 0, 'deferred aggregates are closed innermost first');
    const run = this.gapRuns[mark - 1];
    const gap = this.gapOffsets[mark - 1];
    this.popGap();

    const begin = gap + GAP_BYTES - size;
    const open = run === this.runChunks.length;
    const chunk = open ? this.chunk : this.runChunks[run];
    for (let i = 0; i < size; i++) chunk[begin + i] = header[i];

    if (!open) this.splitClosedRun(run, gap, begin);
    else if (gap === this.start) this.start = begin;
    else if (this.used - begin <= MOVED_BYTES) {
      chunk.copyWithin(gap, begin, this.used);
      this.used -= begin - gap;
    } else {
      this.pushRun(chunk, this.start, gap, true);
      this.start = begin;
    }
  }

  /** Appends one byte. */
  protected byte(byte: number): void {
    if (this.used === this.chunk.length) this.nextChunk();
    this.chunk[this.used++] = byte;
  }

  /** Appends a run of any length; it may be spread over several chunks. */
  protected append(bytes: Uint8Array, start: number, end: number): void {
    let from = start;
    while (from < end) {
      let room = this.chunk.length - this.used;
      if (room === 0) {
        this.nextChunk();
        room = this.chunk.length - this.used;
      }
      const to = end - from <= room ? end : from + room;
      const chunk = this.chunk;
      let at = this.used;
      if (to - from <= SHORT_RUN) for (; from < to; from++) chunk[at++] = bytes[from];
      else {
        // Most of what is longer comes whole, such as a message for many subscribers: it needs no view of its own.
        chunk.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), at);
        at += to - from;
        from = to;
      }
      this.used = at;
    }
  }

  /** Closes the open run and opens one in a fresh chunk: a small one if it is the first, or the first after a tiny one. */
  protected nextChunk(): void {
    const { length } = this.chunk;
    const isSmall = length === TINY_CHUNK_BYTES || (length === 0 && this.runChunks.length === 0);
    this.closeRun();
    this.chunk = isSmall ? this.pool.takeSmall() : this.pool.takeLarge();
    this.start = 0;
    this.used = 0;
  }

  private closeRun(): void {
    if (this.used === this.start) return;
    this.pushRun(this.chunk, this.start, this.used, true);
    this.start = this.used;
  }

  /** True when a closed run lies in the chunk of the open one. */
  private chunkIsShared(): boolean {
    const last = this.runChunks.length - 1;
    return last >= 0 && this.runChunks[last] === this.chunk;
  }

  /** True when the chunk of a closed run goes back to the pool with it: no later one is in it. */
  private givesBack(run: number): boolean {
    return this.runOwned[run] && this.runChunks[run] !== this.runChunks[run + 1];
  }

  private pushRun(chunk: Uint8Array, start: number, end: number, isOwned: boolean): void {
    this.runOwned.push(isOwned);
    this.runChunks.push(chunk);
    this.runStarts.push(start);
    this.runEnds.push(end);
    this.closedBytes += end - start;
  }

  /** Takes the bytes from `gap` to `begin` out of a closed run. */
  private splitClosedRun(run: number, gap: number, begin: number): void {
    this.closedBytes -= begin - gap;
    if (gap === this.runStarts[run]) {
      this.runStarts[run] = begin;
      return;
    }
    this.runChunks.splice(run, 0, this.runChunks[run]);
    this.runStarts.splice(run + 1, 0, begin);
    this.runEnds.splice(run, 0, gap);
    this.runOwned.splice(run, 0, true);
  }

  private popGap(): void {
    this.gapMarks.pop();
    this.gapRuns.pop();
    this.gapOffsets.pop();
  }

  private forgetPending(): void {
    this.chunk = NOTHING;
    this.start = 0;
    this.used = 0;
    if (this.runChunks.length === 0) return;
    this.closedBytes = 0;
    this.runChunks.length = 0;
    this.runStarts.length = 0;
    this.runEnds.length = 0;
    this.runOwned.length = 0;
  }
}
