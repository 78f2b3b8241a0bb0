/**
 * For each segment of a table whose entries can expire, a lower bound of the earliest deadline in it.
 *
 * The bounds lie outside the heap, so that refreshing one never copies a frozen segment. A segment knows its id; an
 * id knows the first hash of its segment, by which the segment is found.
 */
export class SegmentBounds {
  private deadlines = new Float64Array(16).fill(Number.POSITIVE_INFINITY);
  private firstHashes = new Uint32Array(16);
  private readonly freeIds: number[] = [];
  private used = 0;

  /** Ids ever given; those given back have the bound infinity. */
  get length(): number {
    return this.used;
  }

  /** An id for the segment whose hashes begin at `firstHash`. */
  acquire(firstHash: number): number {
    const id = this.freeIds.pop() ?? this.used++;
    if (id === this.deadlines.length) this.grow();
    this.deadlines[id] = Number.POSITIVE_INFINITY;
    this.firstHashes[id] = firstHash;
    return id;
  }

  /** A segment of `depth` splits: answers the id of its upper half, the lower half keeps `id`. Both keep the bound. */
  split(id: number, depth: number): number {
    const upper = this.acquire((this.firstHashes[id] | (1 << (31 - depth))) >>> 0);
    this.deadlines[upper] = this.deadlines[id];
    return upper;
  }

  /** Two segments of `depth` merge: answers the id that stays. */
  merge(a: number, b: number, depth: number): number {
    const bit = 1 << (32 - depth);
    const [lower, upper] = (this.firstHashes[a] & bit) === 0 ? [a, b] : [b, a];
    this.deadlines[lower] = Math.min(this.deadlines[lower], this.deadlines[upper]);
    this.deadlines[upper] = Number.POSITIVE_INFINITY;
    this.freeIds.push(upper);
    return lower;
  }

  /** An entry with this deadline, in milliseconds, is in the segment. */
  lower(id: number, deadlineMs: number): void {
    if (deadlineMs < this.deadlines[id]) this.deadlines[id] = deadlineMs;
  }

  /** The bound after the whole segment has been looked at. */
  set(id: number, deadlineMs: number): void {
    this.deadlines[id] = deadlineMs;
  }

  deadline(id: number): number {
    return this.deadlines[id];
  }

  firstHash(id: number): number {
    return this.firstHashes[id];
  }

  private grow(): void {
    const deadlines = new Float64Array(this.deadlines.length * 2).fill(Number.POSITIVE_INFINITY);
    deadlines.set(this.deadlines);
    this.deadlines = deadlines;
    const firstHashes = new Uint32Array(this.firstHashes.length * 2);
    firstHashes.set(this.firstHashes);
    this.firstHashes = firstHashes;
  }
}
