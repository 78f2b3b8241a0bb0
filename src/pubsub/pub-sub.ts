/**
 * Who is subscribed to what, and who gets a message that is published.
 *
 * Names are latin1 strings, one character a byte. Invariants: a name without subscribers is not in its table; a
 * subscriber without subscriptions is not known; the counts in a subscriber are the sizes of its sets.
 */
import { globMatch } from '../lib/glob.ts';
import { Slice } from '../lib/slice.ts';
import { RespWriter } from '../protocol/resp-writer.ts';
import { Broadcast } from './broadcast.ts';
import { Message } from './message.ts';
import type { Deliveries, Subscriber } from './subscriber.ts';

/** Channels, patterns of channels, and shard channels, which patterns don't match. */
type Kind = 'channel' | 'pattern' | 'shard';

/** What one subscription takes beside the name: an entry in each of two sets, as measured on Node 20. */
const SUBSCRIPTION_BYTES = 128;

const MESSAGE = Slice.from('message');
const PATTERN_MESSAGE = Slice.from('pmessage');
const SHARD_MESSAGE = Slice.from('smessage');

/** A channel or a pattern that somebody is subscribed to. */
interface Topic {
  readonly name: Slice;
  readonly subscribers: Set<Subscriber>;
  /** How many of them get messages as they are, not in RESP. */
  captured: number;
}

type Topics = Map<string, Topic>;

type Subscriptions = Readonly<Record<Kind, Set<string>>>;

const NONE: ReadonlySet<string> = new Set();

export class PubSub {
  private readonly topics: Readonly<Record<Kind, Topics>> = {
    channel: new Map(),
    pattern: new Map(),
    shard: new Map(),
  };
  private readonly bySubscriber = new Map<Subscriber, Subscriptions>();
  private readonly deliveries: Deliveries;
  private readonly broadcast: Broadcast;
  /** The channel of the last message: most publishers have one, and its name need not become a string again. */
  private lastTopic: Topic | null = null;

  constructor(deliveries: Deliveries) {
    this.deliveries = deliveries;
    this.broadcast = new Broadcast(deliveries);
  }

  /** How many names of this kind have subscribers. */
  count(kind: Kind): number {
    return this.topics[kind].size;
  }

  /** True when a message to some channel could reach somebody. */
  get hasListeners(): boolean {
    return this.topics.channel.size > 0 || this.topics.pattern.size > 0;
  }

  /** The names of this kind that have subscribers. */
  names(kind: Kind): IterableIterator<string> {
    return this.topics[kind].keys();
  }

  /** How many are subscribed to `name`. */
  subscriberCount(kind: Kind, name: Slice): number {
    return this.topics[kind].get(name.toLatin1())?.subscribers.size ?? 0;
  }

  /** What the subscriber is subscribed to, in that order. */
  subscriptions(subscriber: Subscriber, kind: Kind): ReadonlySet<string> {
    return this.bySubscriber.get(subscriber)?.[kind] ?? NONE;
  }

  /** Does nothing where that is the case already. */
  subscribe(subscriber: Subscriber, kind: Kind, name: Slice): void {
    const text = name.toLatin1();
    let own = this.bySubscriber.get(subscriber);
    if (own === undefined) {
      own = { channel: new Set(), pattern: new Set(), shard: new Set() };
      this.bySubscriber.set(subscriber, own);
    }
    if (own[kind].has(text)) return;
    // Nobody gets what was published before.
    this.deliveries.settle();
    own[kind].add(text);
    let topic = this.topics[kind].get(text);
    if (topic === undefined) {
      topic = { name: Slice.from(name.copy()), subscribers: new Set(), captured: 0 };
      this.topics[kind].set(text, topic);
    }
    topic.subscribers.add(subscriber);
    if (!isSentResp(subscriber)) topic.captured++;
    subscriber.subscriptionBytes += SUBSCRIPTION_BYTES + name.length;
    takeCounts(subscriber, own);
  }

  /** @param name one character a byte */
  unsubscribe(subscriber: Subscriber, kind: Kind, name: string): void {
    const own = this.bySubscriber.get(subscriber);
    if (own === undefined || !own[kind].delete(name)) return;
    this.leave(subscriber, kind, name);
    subscriber.subscriptionBytes -= SUBSCRIPTION_BYTES + name.length;
    takeCounts(subscriber, own);
    if (own.channel.size + own.pattern.size + own.shard.size === 0) this.bySubscriber.delete(subscriber);
  }

  /** Ends all subscriptions. */
  forget(subscriber: Subscriber): void {
    const own = this.bySubscriber.get(subscriber);
    if (own === undefined) return;
    for (const kind of ['channel', 'pattern', 'shard'] as const) {
      for (const name of own[kind]) this.leave(subscriber, kind, name);
      own[kind].clear();
    }
    this.bySubscriber.delete(subscriber);
    subscriber.subscriptionBytes = 0;
    takeCounts(subscriber, own);
  }

  /** Sends a message to all who are subscribed to the channel or to a pattern of it; answers how often that is. */
  publish(channel: Slice, message: Slice): number {
    const { channel: channels, pattern: patterns } = this.topics;
    let receivers = 0;
    if (channels.size > 0) {
      const topic = this.topicOf(channel);
      if (topic !== null) {
        receivers += this.send([MESSAGE, channel, message], topic);
      }
    }
    if (patterns.size === 0) return receivers;
    for (const topic of patterns.values()) {
      if (!globMatch(topic.name, channel)) continue;
      receivers += this.send([PATTERN_MESSAGE, topic.name, channel, message], topic);
    }
    return receivers;
  }

  /** Sends a message to all who are subscribed to the shard channel; answers how many. */
  publishToShard(channel: Slice, message: Slice): number {
    const topic = this.topics.shard.get(channel.toLatin1());
    return topic === undefined ? 0 : this.send([SHARD_MESSAGE, channel, message], topic);
  }

  private send(parts: readonly Slice[], { subscribers, captured }: Topic): number {
    const message = new Message(parts);
    if (captured > 0 || !this.broadcast.add(message, subscribers)) {
      this.deliveries.settle();
      message.deliver(subscribers, this.deliveries);
    }
    return subscribers.size;
  }

  private topicOf(channel: Slice): Topic | null {
    const last = this.lastTopic;
    if (last?.name.equals(channel)) return last;
    const topic = this.topics.channel.get(channel.toLatin1()) ?? null;
    this.lastTopic = topic;
    return topic;
  }

  private leave(subscriber: Subscriber, kind: Kind, name: string): void {
    const topic = this.topics[kind].get(name);
    if (topic === undefined) return;
    topic.subscribers.delete(subscriber);
    if (!isSentResp(subscriber)) topic.captured--;
    if (topic.subscribers.size > 0) return;
    this.topics[kind].delete(name);
    if (topic === this.lastTopic) this.lastTopic = null;
  }
}

function isSentResp({ output }: Subscriber): boolean {
  return output instanceof RespWriter;
}

function takeCounts(subscriber: Subscriber, own: Subscriptions): void {
  subscriber.channelCount = own.channel.size;
  subscriber.patternCount = own.pattern.size;
  subscriber.shardChannelCount = own.shard.size;
}
