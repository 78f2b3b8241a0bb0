/**
 * How far the moving of one value has come: values are moved in small steps, between which anything may happen to them.
 */
import { StringWindow } from '../structures/string-window.ts';

export class Relocation {
  /** What it goes by is the value's own: an index, a boundary in hash order. 0 begins. */
  position = 0;
  isDone = false;
  /** Moves the long strings at the position. */
  readonly strings = new StringWindow();

  begin(): this {
    this.position = 0;
    this.isDone = false;
    this.strings.reset();
    return this;
  }

  /**
   * The next step is to go on at `position`, or nothing is left to be done; where not all strings have been moved, it is
   * to go on where it is.
   */
  advance(position: number, isDone: boolean): void {
    if (this.strings.advance()) return;
    this.position = position;
    this.isDone = isDone;
  }
}
