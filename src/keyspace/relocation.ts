/**
 * How far the moving of one value has come: values are moved in small steps, between which anything may happen to them.
 */
export class Relocation {
  /** What it goes by is the value's own: an offset, an index, a boundary in hash order. 0 begins. */
  position = 0;
  isDone = false;

  begin(): this {
    this.position = 0;
    this.isDone = false;
    return this;
  }

  /** The next step is to go on at `position`, or nothing is left to be done. */
  advance(position: number, isDone: boolean): void {
    this.position = position;
    this.isDone = isDone;
  }
}
