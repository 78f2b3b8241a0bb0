/**
 * The one log of effective writes, in order: the database and the arguments of each. The append-only file and the
 * replication backlog subscribe to it; while nobody does, nothing is logged.
 */
import type { Args } from '../protocol/args.ts';

export interface WriteLogSubscriber {
  /** A write took effect. The arguments die when this returns. */
  append(database: number, args: Args): void;
  /** What follows, up to {@link endUnit}, took effect as one: a transaction or a script. */
  beginUnit(): void;
  endUnit(): void;
  /** A message was published: for the subscribers of replicas, and no part of the data set. The arguments die too. */
  message?(database: number, args: Args): void;
}

export class WriteLog {
  /** The one test on the data path. */
  hasSubscribers = false;
  private readonly subscribers: WriteLogSubscriber[] = [];

  subscribe(subscriber: WriteLogSubscriber): void {
    this.subscribers.push(subscriber);
    this.hasSubscribers = true;
  }

  unsubscribe(subscriber: WriteLogSubscriber): void {
    const index = this.subscribers.indexOf(subscriber);
    if (index >= 0) this.subscribers.splice(index, 1);
    this.hasSubscribers = this.subscribers.length > 0;
  }

  append(database: number, args: Args): void {
    for (const subscriber of this.subscribers) subscriber.append(database, args);
  }

  message(database: number, args: Args): void {
    for (const subscriber of this.subscribers) subscriber.message?.(database, args);
  }

  beginUnit(): void {
    for (const subscriber of this.subscribers) subscriber.beginUnit();
  }

  endUnit(): void {
    for (const subscriber of this.subscribers) subscriber.endUnit();
  }
}
