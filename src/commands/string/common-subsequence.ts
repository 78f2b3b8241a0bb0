/**
 * The longest common subsequence of two byte strings, and among the longest ones the same that Redis finds.
 *
 * Redis fills the table L(i, j) = length for the first i bytes of `a` and the first j of `b`, four bytes a cell, and
 * walks back through it. Along a row L grows by 0 or 1 from cell to cell, so a row is a bit vector, and a row follows
 * from the one before with a few operations per 32 cells (H. Hyyrö, "Bit-parallel LCS-length computation revisited",
 * 2004). A bit is 0 where L(i, j) = L(i, j − 1) + 1. That is all the way back needs: where the bytes differ, L(i, j) is
 * the greater of its upper and its left neighbour, so the upper one is greater than the left one exactly if L(i, j) is.
 */

const ALL = 0xffffffff;

export class CommonSubsequence {
  /** Its length. */
  readonly length: number;
  private readonly a: Uint8Array;
  private readonly b: Uint8Array;
  /** Words per row. */
  private readonly width: number;
  /** The rows 1 to `a.length`; only the last one where no way back was asked for. */
  private readonly rows: Uint32Array;
  private readonly keepsRows: boolean;

  /** @param keepsRows false if {@link matches} is not going to be called */
  constructor(a: Uint8Array, b: Uint8Array, keepsRows: boolean) {
    this.a = a;
    this.b = b;
    this.width = b.length === 0 ? 0 : ((b.length - 1) >>> 5) + 1;
    this.keepsRows = keepsRows;
    this.rows = new Uint32Array(this.width * (keepsRows ? Math.max(1, a.length) : 1));
    this.length = this.fill();
  }

  /**
   * Calls `visit` with the runs of the subsequence that lie together in both strings, the last one first: `length` bytes
   * from `aStart` in `a` and from `bStart` in `b`.
   */
  matches(visit: (aStart: number, bStart: number, length: number) => void): void {
    const { a, b } = this;
    let i = a.length;
    let j = b.length;
    while (i > 0 && j > 0) {
      if (a[i - 1] !== b[j - 1]) {
        if (this.growsAt(i, j)) i--;
        else j--;
        continue;
      }
      const end = i;
      do {
        i--;
        j--;
      } while (i > 0 && j > 0 && a[i - 1] === b[j - 1]);
      visit(i, j, end - i);
    }
  }

  /** The subsequence itself. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.length);
    let end = this.length;
    this.matches((aStart, _bStart, length) => {
      end -= length;
      bytes.set(this.a.subarray(aStart, aStart + length), end);
    });
    return bytes;
  }

  /** True when L(i, j) = L(i, j − 1) + 1. */
  private growsAt(i: number, j: number): boolean {
    const bit = j - 1;
    return ((this.rows[(i - 1) * this.width + (bit >>> 5)] >>> (bit & 31)) & 1) === 0;
  }

  /** Computes the rows and answers the length. */
  private fill(): number {
    const { a, b, width, rows } = this;
    if (a.length === 0 || width === 0) return 0;
    const positions = positionsByByte(a, b, width);
    const stride = this.keepsRows ? width : 0;
    let row = 0;
    for (let i = 0; i < a.length; i++) {
      const match = positions[a[i]];
      const above = i === 0 ? -1 : row;
      row = i * stride;
      let carry = 0;
      for (let word = 0; word < width; word++) {
        const before = above < 0 ? ALL : rows[above + word];
        const hits = (before & match[word]) >>> 0;
        const sum = before + hits + carry;
        carry = sum > ALL ? 1 : 0;
        rows[row + word] = sum | (before ^ hits);
      }
    }
    return zeros(rows, row, b.length);
  }
}

/** For each byte that occurs in `a`: a bit vector of its positions in `b`. */
function positionsByByte(a: Uint8Array, b: Uint8Array, width: number): readonly Uint32Array[] {
  const none = new Uint32Array(width);
  const positions: Uint32Array[] = new Array(256).fill(none);
  const occurs = new Uint8Array(256);
  for (const byte of a) occurs[byte] = 1;
  for (let j = 0; j < b.length; j++) {
    const byte = b[j];
    if (occurs[byte] === 0) continue;
    if (positions[byte] === none) positions[byte] = new Uint32Array(width);
    positions[byte][j >>> 5] |= 1 << (j & 31);
  }
  return positions;
}

/** How many of the first `count` bits of a row are 0; the bits behind them are 1. */
function zeros(rows: Uint32Array, row: number, count: number): number {
  let ones = 0;
  for (let word = 0; word << 5 < count; word++) {
    for (let rest = ~rows[row + word]; rest !== 0; rest &= rest - 1) ones++;
  }
  return ones;
}
