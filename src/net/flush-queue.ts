/**
 * The end of the event-loop turn: every connection that got output during the turn is sent with one write, after the
 * turn's effects were logged.
 *
 * A turn ends in three steps, in this order: clients that were unblocked go on with what they had sent meanwhile;
 * {@link FlushQueue.beforeFlush} logs the turn's writes; the connections are flushed. A connection is in the queue at
 * most once.
 *
 * With a {@link DurabilityBarrier}, output leaves once the log position at which it was queued is durable. What must
 * wait stays with its connection, and the connection with the queue, until {@link FlushQueue.release}.
 */

/** The log whose durability replies wait for. Positions only grow. */
export interface DurabilityBarrier {
  /** The position of everything executed so far. */
  position(): number;
  /** Everything up to this position is as durable as the policy asks for. */
  durable(): number;
}

/** What the queue sees of a connection. */
export interface FlushTarget {
  /**
   * Sends what may leave. Output written since the last call belongs to `position`.
   *
   * @returns true when output has to wait and none was waiting before
   */
  flush(position: number, durable: number): boolean;
  /** Sends of the waiting output what `durable` lets go; true while some has to wait on. */
  release(durable: number): boolean;
  /** Goes on executing what was received while the client was suspended. */
  proceed(): void;
}

/** Stands where a connection was, so that the list does not keep it. */
const NOBODY: FlushTarget = { flush: () => false, release: () => false, proceed: () => undefined };

/** A list that keeps its memory when it is emptied, which an array does not. */
class Targets {
  count = 0;
  private readonly items: FlushTarget[] = [];

  push(target: FlushTarget): void {
    this.items[this.count++] = target;
  }

  at(index: number): FlushTarget {
    return this.items[index];
  }

  clear(): void {
    for (let i = 0; i < this.count; i++) this.items[i] = NOBODY;
    this.count = 0;
  }
}

export class FlushQueue {
  /** null where replies wait for nothing. */
  barrier: DurabilityBarrier | null = null;
  /** Called once at the end of each turn that ran commands, before anything is sent. */
  beforeFlush: (() => void) | null = null;
  /** Called when the turn's output has been sent. */
  afterFlush: (() => void) | null = null;

  // Lists change places with a spare one, so that a turn allocates nothing and may queue for the next one while it ends.
  private queued = new Targets();
  private spare = new Targets();
  private held = new Targets();
  private spareHeld = new Targets();
  private resumed: FlushTarget[] = [];
  private scheduled = false;
  private readonly endTurn = (): void => this.end();

  /** Queues a connection that has output; the caller sees to it that it is queued once. */
  add(target: FlushTarget): void {
    this.queued.push(target);
    this.schedule();
  }

  /** Lets a client that was suspended go on at the end of this turn. */
  resume(target: FlushTarget): void {
    this.resumed.push(target);
    this.schedule();
  }

  /** Has the end of the turn run even if no connection has output, so that {@link beforeFlush} is called. */
  schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.endTurn);
  }

  /** How many connections have output that waits for the end of the turn. */
  get length(): number {
    return this.queued.count;
  }

  /** More has become durable: sends what was waiting for it. */
  release(): void {
    const { held } = this;
    if (held.count === 0) return;
    this.held = this.spareHeld;
    const durable = this.barrier === null ? Number.POSITIVE_INFINITY : this.barrier.durable();
    for (let i = 0; i < held.count; i++) if (held.at(i).release(durable)) this.held.push(held.at(i));
    held.clear();
    this.spareHeld = held;
  }

  /** Ends the turn, if one has begun. */
  end(): void {
    if (this.scheduled) this.run();
  }

  /** Ends the turn now, whether anything has happened in it or not. */
  run(): void {
    if (this.resumed.length > 0) {
      // Clients that these unblock in turn go on in the next turn, so that a chain of them can't hold the loop.
      const resumed = this.resumed;
      this.resumed = [];
      for (let i = 0; i < resumed.length; i++) resumed[i].proceed();
    }
    this.send();
  }

  /** Sends what was answered so far, in the middle of a turn: clients that were resumed go on when it ends. */
  send(): void {
    if (this.beforeFlush !== null) this.beforeFlush();
    const barrier = this.barrier;
    const position = barrier === null ? 0 : barrier.position();
    const durable = barrier === null ? 0 : barrier.durable();
    const queued = this.queued;
    this.queued = this.spare;
    this.scheduled = false;
    if (this.resumed.length > 0) this.schedule();
    for (let i = 0; i < queued.count; i++) {
      const target = queued.at(i);
      if (target.flush(position, durable)) this.held.push(target);
    }
    queued.clear();
    this.spare = queued;
    if (this.afterFlush !== null) this.afterFlush();
  }
}
