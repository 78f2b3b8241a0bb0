/**
 * The best candidates for eviction that have been met so far, in the order of their scores.
 *
 * A candidate may be gone or have been used since: whoever takes it asks {@link TableSample.isThere}, and for its score.
 */
import type { Pointer } from '../memory/layout.ts';

export class EvictionPool {
  count = 0;
  private readonly capacity: number;
  // In ascending order of scores.
  private readonly scores: Float64Array;
  private readonly entries: Uint32Array;
  private readonly positions: Uint32Array;
  private readonly databases: Uint32Array;

  // The candidate taken last.
  entry = 0 as Pointer;
  position = 0;
  database = 0;
  score = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.scores = new Float64Array(capacity);
    this.entries = new Uint32Array(capacity);
    this.positions = new Uint32Array(capacity);
    this.databases = new Uint32Array(capacity);
  }

  /** What a candidate's score must exceed to be kept. */
  get threshold(): number {
    return this.count < this.capacity ? Number.NEGATIVE_INFINITY : this.scores[0];
  }

  clear(): void {
    this.count = 0;
  }

  /** Keeps a candidate, if it is better than the worst one here; that one goes where there is no room for both. */
  offer(score: number, entry: Pointer, position: number, database: number): void {
    const { scores, entries, positions, databases } = this;
    if (score <= this.threshold || this.has(entry, database)) return;
    let at: number;
    if (this.count < this.capacity) {
      at = this.count++;
      for (; at > 0 && scores[at - 1] > score; at--) this.shift(at - 1, at);
    } else {
      at = 0;
      for (; at + 1 < this.count && scores[at + 1] < score; at++) this.shift(at + 1, at);
    }
    scores[at] = score;
    entries[at] = entry;
    positions[at] = position;
    databases[at] = database;
  }

  /** Takes the best candidate out; false when there is none. */
  take(): boolean {
    if (this.count === 0) return false;
    const at = --this.count;
    this.score = this.scores[at];
    this.entry = this.entries[at] as Pointer;
    this.position = this.positions[at];
    this.database = this.databases[at];
    return true;
  }

  /** Small tables are sampled whole, again and again. */
  private has(entry: Pointer, database: number): boolean {
    const { entries, databases, count } = this;
    for (let i = 0; i < count; i++) if (entries[i] === entry && databases[i] === database) return true;
    return false;
  }

  private shift(from: number, to: number): void {
    this.scores[to] = this.scores[from];
    this.entries[to] = this.entries[from];
    this.positions[to] = this.positions[from];
    this.databases[to] = this.databases[from];
  }
}
