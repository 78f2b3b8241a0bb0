import { Slice } from '../lib/slice.ts';

const NOTHING = new Uint8Array(0);

/** Slices kept between commands; a command with more arguments gives the surplus back afterwards. */
const KEPT_SLICES = 1024;

/**
 * The arguments of one command, the command's name first: a view that its parser points anew at each command.
 *
 * The slices die when the handler returns, because the read buffer is reused. Whoever keeps an argument (MULTI,
 * a blocked client, SLOWLOG) copies it.
 */
export class Args {
  /** How many arguments there are, the command's name included. */
  count = 0;
  private slices: Slice[] = [];

  /** The argument at `index`, which must be below {@link count}. */
  at(index: number): Slice {
    return this.slices[index];
  }

  clear(): void {
    this.count = 0;
    if (this.slices.length > KEPT_SLICES) this.slices.length = KEPT_SLICES;
  }

  /** Appends the argument `bytes[start, end)`. */
  push(bytes: Uint8Array, start: number, end: number): void {
    const index = this.count++;
    if (index < this.slices.length) this.slices[index].point(bytes, start, end);
    else this.slices.push(new Slice(bytes, start, end));
  }

  /** An argument list of its own over the given values; strings become UTF-8. */
  static of(...values: readonly (Uint8Array | string)[]): Args {
    const args = new Args();
    for (const value of values) {
      const slice = Slice.from(value);
      args.push(slice.bytes, slice.start, slice.end);
    }
    return args;
  }

  /** A copy that lives on after the command: the bytes of all arguments in one buffer of its own. */
  copy(): Args {
    let size = 0;
    for (let i = 0; i < this.count; i++) size += this.slices[i].length;
    const bytes = size === 0 ? NOTHING : new Uint8Array(size);
    const copy = new Args();
    let offset = 0;
    for (let i = 0; i < this.count; i++) {
      const slice = this.slices[i];
      bytes.set(slice.bytes.subarray(slice.start, slice.end), offset);
      copy.push(bytes, offset, offset + slice.length);
      offset += slice.length;
    }
    return copy;
  }
}
