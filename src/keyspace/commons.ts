/**
 * What all databases of a keyspace share: the heap and the services around it.
 */
import type { Clock } from '../lib/clock.ts';
import { invariant } from '../lib/invariant.ts';
import type { Random } from '../lib/random.ts';
import { Heap } from '../memory/heap.ts';
import { ByteStrings } from '../structures/byte-string.ts';
import { Entries } from '../structures/entry.ts';
import { KeyHasher } from '../structures/hash.ts';
import { HashTable } from '../structures/hash-table.ts';
import { leafLimits } from '../structures/list-leaf-editor.ts';
import { ListTree } from '../structures/list-tree.ts';
import { TablePrefetch } from '../structures/table-prefetch.ts';
import { AccessClock } from './access-clock.ts';
import { HashKind } from './hash-kind.ts';
import { HashValue } from './hash-value.ts';
import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_ZSET } from './key-entry.ts';
import { KeyspaceEvents } from './keyspace-events.ts';
import { ListKind } from './list-kind.ts';
import { ListValue } from './list-value.ts';
import { Reclaimer } from './reclaimer.ts';
import { SetBuilder } from './set-builder.ts';
import { SetKind } from './set-kind.ts';
import { SetReader } from './set-reader.ts';
import { SetValue } from './set-value.ts';
import { StringValues } from './string-value.ts';
import { ValueKinds } from './values.ts';
import { ZsetBuilder } from './zset-builder.ts';
import { ZsetKind } from './zset-kind.ts';
import { ZsetValue } from './zset-value.ts';

/** Of the time that stands still: nobody has asked for it yet. */
const HELD_WHEN_ASKED = -1;
/** Keys that {@link Commons.prefetch} takes at a time. */
const PREFETCH_KEYS = 64;
/** The default of `list-max-listpack-size`: leaves of up to 8 KiB. */
const DEFAULT_LEAF_SIZE = -2;

export interface CommonsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Two secret random words; what keys are hashed with. */
  readonly hashSeed: readonly [number, number];
  /** For tests, which bring a paranoid one. */
  readonly heap?: Heap;
}

/** Counters that INFO stats prints. */
class KeyspaceStats {
  hits = 0;
  misses = 0;
  expired = 0;
  /** Keys found expired in the last passes, against keys looked at: what `expired_stale_perc` tells. */
  stalePercent = 0;
  expireTimeCapReached = 0;
  evicted = 0;

  reset(): void {
    this.hits = this.misses = this.expired = this.evicted = this.expireTimeCapReached = 0;
    this.stalePercent = 0;
  }
}

export class Commons {
  readonly heap: Heap;
  readonly clock: Clock;
  readonly random: Random;
  readonly strings: ByteStrings;
  readonly entries: Entries;
  readonly hasher: KeyHasher;
  readonly stringValues: StringValues;
  readonly kinds: ValueKinds;
  readonly reclaimer: Reclaimer;
  readonly access: AccessClock;
  readonly prefetch: TablePrefetch;
  /** The same for members and fields of large collections. */
  readonly memberPrefetch: TablePrefetch;
  /** The accessor of hashes. */
  readonly hash: HashValue;
  /** The accessor of lists, and one for commands that have two open at once. */
  readonly list: ListValue;
  readonly otherList: ListValue;
  /** What all lists are made of; its limits follow the configuration. */
  readonly listTree: ListTree;
  /** The accessor of sorted sets, and what makes those that have no key yet. */
  readonly zset: ZsetValue;
  readonly zsetBuilder: ZsetBuilder;
  /** The accessor of sets, one for commands that have two open at once, … */
  readonly set: SetValue;
  readonly otherSet: SetValue;
  /** … what makes those that have no key yet, and what reads any number of them. */
  readonly setBuilder: SetBuilder;
  readonly sets: SetReader;
  /** What small collections may hold, as the configuration says. */
  readonly limits = {
    set: { intsetEntries: 512, entries: 128, valueBytes: 64 },
    hash: { entries: 128, valueBytes: 64 },
    zset: { entries: 128, valueBytes: 64 },
  };
  readonly events = new KeyspaceEvents();
  readonly stats = new KeyspaceStats();

  /** Changes since the last successful save: what save points count. */
  dirty = 0;
  /** False for clients that asked not to be seen by LRU and LFU (CLIENT NO-TOUCH), and while loading. */
  touches = true;
  /** While true, keys past their deadline stay (CLIENT PAUSE, loading, replicas). They read as missing all the same. */
  keepsExpired = false;
  /** While true, keys past their deadline read as if it were still to come: when writes are replayed that met them alive. */
  outlivesDeadlines = false;
  /** Set while one script or transaction runs: all of it happens at one moment. */
  private heldNowMs = 0;

  constructor(options: CommonsOptions) {
    this.heap = options.heap ?? new Heap();
    this.clock = options.clock;
    this.random = options.random;
    this.strings = new ByteStrings(this.heap);
    this.prefetch = new TablePrefetch(this.heap.u32, PREFETCH_KEYS);
    this.memberPrefetch = new TablePrefetch(this.heap.u32, PREFETCH_KEYS);
    this.entries = new Entries(this.heap, this.strings);
    this.hasher = new KeyHasher(options.hashSeed);
    this.stringValues = new StringValues(this.heap, this.strings);
    this.reclaimer = new Reclaimer(this.heap);
    this.kinds = new ValueKinds(this.heap, this.strings, this.reclaimer);
    this.access = new AccessClock(options.clock, options.random);
    this.hash = new HashValue(this, this.limits.hash);
    this.kinds.add(TYPE_HASH, new HashKind(this));
    this.listTree = new ListTree(this.heap, this.strings, leafLimits(DEFAULT_LEAF_SIZE));
    this.list = new ListValue(this, this.listTree);
    this.otherList = new ListValue(this, this.listTree);
    this.kinds.add(TYPE_LIST, new ListKind(this, this.listTree));
    this.zset = new ZsetValue(this, this.limits.zset);
    this.zsetBuilder = new ZsetBuilder(this, this.limits.zset);
    this.kinds.add(TYPE_ZSET, new ZsetKind(this));
    this.set = new SetValue(this, this.limits.set);
    this.otherSet = new SetValue(this, this.limits.set);
    this.setBuilder = new SetBuilder(this, this.limits.set);
    this.sets = new SetReader(this.heap, this.entries, new HashTable(this.heap, this.entries, this.hasher, null));
    this.kinds.add(TYPE_SET, new SetKind(this));
    invariant(this.heap.reserve(0), 'no memory for the first segment');
  }

  /** Unix milliseconds at which the current command runs. */
  nowMs(): number {
    if (this.heldNowMs > 0) return this.heldNowMs;
    const nowMs = this.clock.nowMs();
    if (this.heldNowMs === HELD_WHEN_ASKED) this.heldNowMs = nowMs;
    return nowMs;
  }

  /** Lets time stand still until {@link releaseTime}, from when it is first asked for: most do not ask at all. */
  holdTime(): void {
    this.heldNowMs = HELD_WHEN_ASKED;
  }

  releaseTime(): void {
    this.heldNowMs = 0;
  }
}
