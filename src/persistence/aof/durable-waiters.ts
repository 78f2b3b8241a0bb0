/** Those without an output that could be held back: they are called when what they tell is durable. */

interface Waiter {
  readonly position: number;
  readonly callback: () => void;
}

export class DurableWaiters {
  /** In the order of their positions, which only grow. */
  private waiters: Waiter[] = [];

  /** Calls `callback` once everything up to `position` is durable, after all who came before. */
  add(position: number, callback: () => void): void {
    this.waiters.push({ position, callback });
  }

  /** Everything up to `durable` is durable. */
  release(durable: number): void {
    if (this.waiters.length === 0) return;
    const index = this.waiters.findIndex(({ position }) => position > durable);
    const released = this.waiters.splice(0, index < 0 ? this.waiters.length : index);
    for (const { callback } of released) callback();
  }
}
