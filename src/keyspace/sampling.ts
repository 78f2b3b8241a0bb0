/**
 * Random choices among the elements of a collection.
 */
import type { Random } from '../lib/random.ts';
import type { Pointer } from '../memory/layout.ts';
import type { TableReader } from '../structures/table-reader.ts';

/** Where fewer than one in so many entries are wanted, they are drawn one by one; else all are passed over. */
const SPARSE = 3;

/**
 * Chooses `wanted` of `total` things that come one after another, every choice as likely as any other (Knuth, The Art
 * of Computer Programming, 3.4.2, algorithm S).
 */
export class Selection {
  private wanted: number;
  private left: number;
  private readonly random: Random;

  constructor(wanted: number, total: number, random: Random) {
    this.wanted = wanted;
    this.left = total;
    this.random = random;
  }

  /** True when the next thing is among the chosen. To be asked for each of the things. */
  choosesNext(): boolean {
    if (this.random.below(this.left--) >= this.wanted) return false;
    this.wanted--;
    return true;
  }
}

/** Calls `visit` with `wanted` different entries of a table, which has as many, chosen at random. */
export function sampleTable(
  table: TableReader,
  root: Pointer,
  wanted: number,
  random: Random,
  visit: (entry: Pointer) => void,
): void {
  const total = table.count(root);
  if (wanted * SPARSE > total) {
    const selection = new Selection(wanted, total, random);
    table.forEach(root, (entry) => {
      if (selection.choosesNext()) visit(entry);
    });
    return;
  }
  const drawn = new Set<Pointer>();
  while (drawn.size < wanted) {
    const entry = table.random(root, random);
    if (drawn.has(entry)) continue;
    drawn.add(entry);
    visit(entry);
  }
}
