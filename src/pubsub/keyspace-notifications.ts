/**
 * Keyspace notifications (`notify-keyspace-events`): events of keys, published as messages.
 *
 * An event is published up to twice: to `__keyspace@<db>__:<key>` with the event's name as the message, and to
 * `__keyevent@<db>__:<event>` with the key. While no class of events is wanted, the keyspace has one observer less.
 */
import { EVENT_KEYEVENT, EVENT_KEYSPACE } from '../config/kinds/event-classes.ts';
import type { KeyspaceEvents, KeyspaceObserver } from '../keyspace/keyspace-events.ts';
import { Slice } from '../lib/slice.ts';
import type { PubSub } from './pub-sub.ts';

export class KeyspaceNotifications implements KeyspaceObserver {
  private readonly events: KeyspaceEvents;
  private readonly pubsub: PubSub;
  private wanted = 0;

  constructor(events: KeyspaceEvents, pubsub: PubSub) {
    this.events = events;
    this.pubsub = pubsub;
  }

  /** Which classes are published, and to which of the two channels: the bits of `notify-keyspace-events`. */
  setClasses(classes: number): void {
    if (this.wanted === 0 && classes !== 0) this.events.add(this);
    if (this.wanted !== 0 && classes === 0) this.events.remove(this);
    this.wanted = classes;
  }

  event(eventClass: number, name: string, database: number, key: Slice): void {
    const { wanted, pubsub } = this;
    if ((wanted & eventClass) === 0 || !pubsub.hasListeners) return;
    if ((wanted & EVENT_KEYSPACE) !== 0) {
      const prefix = Buffer.from(`__keyspace@${database}__:`);
      const channel = new Uint8Array(prefix.length + key.length);
      channel.set(prefix);
      channel.set(key.bytes.subarray(key.start, key.end), prefix.length);
      pubsub.publish(Slice.from(channel), Slice.from(name));
    }
    if ((wanted & EVENT_KEYEVENT) !== 0) pubsub.publish(Slice.from(`__keyevent@${database}__:${name}`), key);
  }
}
