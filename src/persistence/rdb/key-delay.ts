/** Waits after keys, for tests that need a save or a load to take its time: `rdb-key-save-delay`, `key-load-delay`. */
export class KeyDelay {
  private readonly perKeyUs: number;
  private readonly never = new Int32Array(new SharedArrayBuffer(4));
  private dueUs = 0;
  private keys = 0;

  /** `perKeyUs` below 0 is one microsecond for so many keys, as in Redis. */
  constructor(perKeyUs: number) {
    this.perKeyUs = perKeyUs < 0 ? -1 / perKeyUs : perKeyUs;
  }

  /** So many keys are done, in all. The thread is held up, by whole milliseconds. */
  wait(keys: number): void {
    this.dueUs += (keys - this.keys) * this.perKeyUs;
    this.keys = keys;
    if (this.dueUs < 1000) return;
    Atomics.wait(this.never, 0, 0, this.dueUs / 1000);
    this.dueUs = 0;
  }
}
