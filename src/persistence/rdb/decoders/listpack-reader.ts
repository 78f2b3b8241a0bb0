/** Reads listpacks that come from outside; see structures/listpack.ts for the format. */
import type { Slice } from '../../../lib/slice.ts';
import * as listpack from '../../../structures/listpack.ts';
import { ListpackElement } from '../../../structures/listpack-element.ts';
import { validateListpack } from '../../../structures/listpack-validate.ts';
import type { PackedReader } from './packed-reader.ts';

export class ListpackReader implements PackedReader {
  readonly name = 'listpack';
  count = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private base = 0;
  private at = 0;
  // Two, since integers have their digits in them.
  private element = new ListpackElement();
  private other = new ListpackElement();

  open(bytes: Uint8Array, start: number, end: number): string | null {
    const fault = validateListpack(bytes, start, end, true);
    if (fault !== null) return fault;
    this.bytes = bytes;
    this.base = start;
    this.at = listpack.LISTPACK_HEADER_BYTES;
    this.count = listpack.count(bytes, start);
    return null;
  }

  next(target: Slice): Slice {
    const { bytes, base } = this;
    [this.element, this.other] = [this.other, this.element];
    this.element.read(bytes, base, this.at).toSlice(target);
    this.at += listpack.entryBytesAt(bytes, base, this.at);
    return target;
  }
}
