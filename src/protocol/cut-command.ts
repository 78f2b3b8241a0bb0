/**
 * The memory for a command that spans chunks: what came of it in earlier chunks, since those are overwritten.
 *
 * Arguments that were whole in a chunk move to the end of the current piece, all of a chunk's at once. An argument that
 * was cut gets a place for its length: in the piece when it is short, else of its own. An inline request's line is
 * gathered in the place as well. Nothing that an argument points into ever moves, so nothing is copied twice but the
 * place of a long argument while it grows.
 *
 * An announced length is not trusted: a place grows with what arrives, eightfold at a time.
 */
import type { Args } from './args.ts';

const NOTHING = new Uint8Array(0);

const MIN_PIECE_BYTES = 1024;
/** Pieces up to this are kept for the next cut command; an argument up to this gets its place at once. */
const MAX_KEPT_BYTES = 64 * 1024;
const GROWTH = 8;
/** No more slices than this outlive a command; see {@link Args.clear}. */
const MAX_KEPT_SLICES = 1024;

export class CutCommand {
  /** So many arguments, the first ones, are in this memory. */
  kept = 0;
  /** So many bytes of the command, framing included, came in earlier chunks. */
  earlierBytes = 0;
  /** Bytes allocated. */
  allocatedBytes = 0;

  private piece: Uint8Array = NOTHING;
  private pieceUsed = 0;
  /** A command has been gathered since {@link letGoIfUnused}. */
  private isInUse = false;

  // The cut argument, place[placeStart, placeStart + bulkBytes), or the inline line, place[0, received).
  private place: Uint8Array = NOTHING;
  private placeStart = 0;
  private bulkBytes = 0;
  private received = 0;

  /** The most arguments a command had since memory was let go last: that many slices may point into it. */
  private widest = 0;

  /** Moves those arguments that lie in the chunk: they follow each other there, so they move as one. */
  keepArguments(args: Args): void {
    const kept = this.kept;
    const count = args.count;
    if (count === kept) return;
    const start = args.at(kept).start;
    const end = args.at(count - 1).end;
    const target = this.reserve(end - start);
    const piece = this.piece;
    copyBytes(args.at(kept).bytes, start, end, piece, target);
    const shift = target - start;
    for (let i = kept; i < count; i++) {
      const argument = args.at(i);
      argument.point(piece, argument.start + shift, argument.end + shift);
    }
    this.kept = count;
  }

  /** Begins an argument of `bulkBytes` bytes, of which `arrived` can be read at once; false if memory is refused. */
  beginArgument(bulkBytes: number, arrived: number): boolean {
    this.bulkBytes = bulkBytes;
    this.received = 0;
    if (bulkBytes <= MAX_KEPT_BYTES) {
      this.placeStart = this.reserve(bulkBytes);
      this.place = this.piece;
      return true;
    }
    this.place = NOTHING;
    this.placeStart = 0;
    return this.growPlace(Math.min(arrived, bulkBytes));
  }

  /**
   * Reads on in the argument, its line break included.
   *
   * @returns the offset of the first byte not read, or -1 if memory is refused
   */
  readArgument(bytes: Uint8Array, start: number, end: number): number {
    const { bulkBytes, received } = this;
    // The line break counts as received, but is not stored.
    const count = Math.min(end - start, bulkBytes + 2 - received);
    const stored = Math.min(count, bulkBytes - received);
    if (stored > 0) {
      const needed = this.placeStart + received + stored;
      if (needed > this.place.length && !this.growPlace(needed)) return -1;
      copyBytes(bytes, start, start + stored, this.place, this.placeStart + received);
    }
    this.received = received + count;
    return start + count;
  }

  get argumentIsWhole(): boolean {
    return this.received === this.bulkBytes + 2;
  }

  /** Appends the argument to `args`, all of which are in this memory now. */
  endArgument(args: Args): void {
    args.push(this.place, this.placeStart, this.placeStart + this.bulkBytes);
    this.kept = args.count;
    this.place = NOTHING;
    this.received = 0;
  }

  /** Appends a part of an inline request's line. */
  keepLine(bytes: Uint8Array, start: number, end: number): void {
    const length = this.received + end - start;
    if (length > this.place.length) {
      const place = new Uint8Array(pieceSize(length));
      place.set(this.place);
      this.allocatedBytes += place.length - this.place.length;
      this.place = place;
    }
    copyBytes(bytes, start, end, this.place, this.received);
    this.received = length;
  }

  /** The gathered line, `line[0, lineLength)`. */
  get line(): Uint8Array {
    return this.place;
  }

  get lineLength(): number {
    return this.received;
  }

  /** The command is over: lets its memory go but for a small piece. Empties `args` if they point into the rest. */
  release(args: Args): void {
    if (this.piece.length > MAX_KEPT_BYTES) this.piece = NOTHING;
    if (this.allocatedBytes > this.piece.length) this.forget(args);
    else if (args.count > this.widest) this.widest = args.count;
    this.allocatedBytes = this.piece.length;
    this.isInUse = true;
    this.pieceUsed = 0;
    this.place = NOTHING;
    this.received = 0;
    this.kept = 0;
    this.earlierBytes = 0;
  }

  /** Between commands: lets the piece that is kept go, too, if no command has needed it since the last call. */
  letGoIfUnused(args: Args): void {
    if (this.isInUse) this.isInUse = false;
    else if (this.piece.length > 0) {
      this.piece = NOTHING;
      this.allocatedBytes = 0;
      this.forget(args);
    }
  }

  /** Empties `args` and leaves no slice in them that points into memory, which it would keep alive. */
  forget(args: Args): void {
    const slices = Math.min(Math.max(this.widest, args.count, 16), MAX_KEPT_SLICES);
    args.clear();
    while (args.count < slices) args.push(NOTHING, 0, 0);
    args.clear();
    this.widest = 0;
  }

  /** Sets `length` bytes of the current piece aside and answers where they begin; takes another piece if need be. */
  private reserve(length: number): number {
    if (this.pieceUsed + length > this.piece.length) {
      if (this.pieceUsed === 0) this.allocatedBytes -= this.piece.length;
      const size = Math.max(pieceSize(length), Math.min(MAX_KEPT_BYTES, 2 * this.piece.length));
      this.piece = new Uint8Array(length > MAX_KEPT_BYTES ? length : size);
      this.pieceUsed = 0;
      this.allocatedBytes += this.piece.length;
    }
    const start = this.pieceUsed;
    this.pieceUsed = start + length;
    return start;
  }

  /** Enlarges the place of a long argument to hold at least `needed` bytes; false when there is no memory for it. */
  private growPlace(needed: number): boolean {
    const size = Math.min(this.bulkBytes, Math.max(MAX_KEPT_BYTES, GROWTH * needed));
    let place: Uint8Array;
    try {
      place = new Uint8Array(size);
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
    if (this.received > 0) place.set(this.place.subarray(0, this.received));
    this.allocatedBytes += size - this.place.length;
    this.place = place;
    return true;
  }
}

/** Copies `source[start, end)` to `target` from `offset` on. */
export function copyBytes(source: Uint8Array, start: number, end: number, target: Uint8Array, offset: number): void {
  if (end - start > 64) {
    target.set(source.subarray(start, end), offset);
    return;
  }
  let to = offset;
  for (let from = start; from < end; from++) target[to++] = source[from];
}

function pieceSize(bytes: number): number {
  let size = MIN_PIECE_BYTES;
  while (size < bytes) size *= 2;
  return size;
}
