/**
 * Writes the whole file of a frozen keyspace. It works on any view of the heap, and is meant for another thread.
 */
import { AccessClock } from '../../keyspace/access-clock.ts';
import { accessStampOf, deadlineOf, expires } from '../../keyspace/key-entry.ts';
import type { KeyspaceRoots } from '../../keyspace/keyspace.ts';
import { ManualClock } from '../../lib/clock.ts';
import { Xoshiro128 } from '../../lib/random.ts';
import type { HeapView } from '../../memory/heap-view.ts';
import type { Pointer } from '../../memory/layout.ts';
import { ByteStringReader } from '../../structures/byte-string.ts';
import { EntryReader } from '../../structures/entry.ts';
import type { TableReader } from '../../structures/table-reader.ts';
import { tableReader } from './encoders/type-encoder.ts';
import {
  AUX_AOF_BASE,
  AUX_BITS,
  AUX_CREATED,
  AUX_REPLICATION_DATABASE,
  AUX_REPLICATION_ID,
  AUX_REPLICATION_OFFSET,
  AUX_USED_MEMORY,
  AUX_VERSION,
  MAGIC,
  OPCODE_AUX,
  OPCODE_EOF,
  OPCODE_EXPIRETIME_MS,
  OPCODE_FREQ,
  OPCODE_FUNCTION2,
  OPCODE_IDLE,
  OPCODE_RESIZEDB,
  OPCODE_SELECTDB,
  WRITTEN_VERSION,
} from './format.ts';
import type { RdbWriter } from './rdb-writer.ts';
import { ValueEncoder } from './value-encoder.ts';

/** What is saved with each key about its last accesses: nothing, the idle time, or the frequency. */
export type SavedAccess = 'none' | 'idle' | 'frequency';

/** What a file says besides the keys, as it was when they were frozen. Plain data, which can be sent to a thread. */
export interface SnapshotFacts {
  readonly redisVersion: string;
  /** When the keys were frozen, Unix milliseconds. */
  readonly frozenMs: number;
  readonly usedBytes: number;
  /** True for the base of an append-only file. */
  readonly isAofBase: boolean;
  readonly replication: { readonly id: string; readonly offset: number; readonly database: number } | null;
  /** The source texts of function libraries. */
  readonly functions: readonly Uint8Array[];
  readonly access: SavedAccess;
  /** `lfu-decay-time`. */
  readonly decayMinutes: number;
}

/** Keys between two calls of the progress function. */
const PROGRESS_KEYS = 256;

/** In the second cache line of a small entry. */
const LAST_TOUCHED_WORD = 11;

export class SnapshotEncoder {
  private readonly view: HeapView;
  private readonly writer: RdbWriter;
  private readonly facts: SnapshotFacts;
  private readonly table: TableReader;
  private readonly values: ValueEncoder;
  private readonly accesses: AccessClock;
  private readonly progress: (keys: number) => void;
  private keys = 0;
  /** What was read ahead, so that the reads are not optimised away. */
  private touched = 0;

  /** `progress` is told now and then how many keys are written, and at the end. It may throw to stop the encoder. */
  constructor(view: HeapView, writer: RdbWriter, facts: SnapshotFacts, progress: (keys: number) => void) {
    this.view = view;
    this.writer = writer;
    this.facts = facts;
    this.progress = progress;
    const strings = new ByteStringReader(view);
    this.table = tableReader({ view, strings, entries: new EntryReader(view, strings) });
    this.values = new ValueEncoder(view, writer);
    this.accesses = new AccessClock(new ManualClock(facts.frozenMs), new Xoshiro128(0));
    this.accesses.lfu = facts.access === 'frequency';
    this.accesses.decayMinutes = facts.decayMinutes;
  }

  /** Writes everything, to the checksum. */
  write(roots: KeyspaceRoots): void {
    const { writer } = this;
    // Entries lie anywhere in memory, and each would be waited for. Reads that depend on nothing overlap, so those of a
    // table segment are all brought into the cache first, which saves a tenth of the time.
    const touch = (entry: Pointer): void => {
      this.touched ^= this.view.word(entry, 0) ^ this.view.word(entry, LAST_TOUCHED_WORD);
    };
    const write = (entry: Pointer): void => this.writeEntry(entry);
    writer.ascii(MAGIC + String(WRITTEN_VERSION).padStart(4, '0'));
    this.writeFacts();
    for (const database of roots.databases) {
      writer.byte(OPCODE_SELECTDB);
      writer.length(database.index);
      writer.byte(OPCODE_RESIZEDB);
      writer.length(database.keys);
      writer.length(database.expires);
      this.table.forEachSegment(database.root, (segment) => {
        this.table.forEachInSegment(segment, touch);
        this.table.forEachInSegment(segment, write);
      });
    }
    writer.byte(OPCODE_EOF);
    writer.finish();
    this.progress(this.keys);
  }

  private writeFacts(): void {
    const { facts, writer } = this;
    this.writeAux(AUX_VERSION, facts.redisVersion);
    this.writeAux(AUX_BITS, '64');
    this.writeAux(AUX_CREATED, String(Math.floor(facts.frozenMs / 1000)));
    this.writeAux(AUX_USED_MEMORY, String(facts.usedBytes));
    if (facts.replication !== null) {
      this.writeAux(AUX_REPLICATION_DATABASE, String(facts.replication.database));
      this.writeAux(AUX_REPLICATION_ID, facts.replication.id);
      this.writeAux(AUX_REPLICATION_OFFSET, String(facts.replication.offset));
    }
    this.writeAux(AUX_AOF_BASE, facts.isAofBase ? '1' : '0');
    for (const library of facts.functions) {
      writer.byte(OPCODE_FUNCTION2);
      writer.string(library, 0, library.length);
    }
  }

  private writeAux(name: string, value: string): void {
    this.writer.byte(OPCODE_AUX);
    this.writeText(name);
    this.writeText(value);
  }

  private writeText(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.writer.string(bytes, 0, bytes.length);
  }

  private writeEntry(entry: Pointer): void {
    const { accesses, facts, view, writer } = this;
    if (expires(view, entry)) {
      writer.byte(OPCODE_EXPIRETIME_MS);
      writer.milliseconds(deadlineOf(view, entry));
    }
    if (facts.access === 'idle') {
      writer.byte(OPCODE_IDLE);
      writer.length(accesses.idleSeconds(accessStampOf(view, entry)));
    } else if (facts.access === 'frequency') {
      writer.byte(OPCODE_FREQ);
      writer.byte(accesses.decayed(accessStampOf(view, entry)));
    }
    this.values.pair(entry);
    if (++this.keys % PROGRESS_KEYS === 0) this.progress(this.keys);
  }
}
