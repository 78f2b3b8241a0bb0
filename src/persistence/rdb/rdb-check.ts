/**
 * Reads a file to its end or to the first fault, and tells what is in it. Values are decoded as for loading, one at a
 * time, and forgotten.
 */

import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { Keyspace } from '../../keyspace/keyspace.ts';
import { SystemClock } from '../../lib/clock.ts';
import { quoteBytes } from '../../lib/quoting.ts';
import { Xoshiro128 } from '../../lib/random.ts';
import { systemErrorText } from '../../lib/system-error.ts';
import { FileSource } from '../byte-source.ts';
import type { MetKey } from './pair-decoder.ts';
import { RdbError } from './rdb-error.ts';
import { SnapshotDecoder } from './snapshot-decoder.ts';

/** What is read until the memory of large values is freed. */
const SLICE_MS = 50;
/** Keys are shown up to this length. */
const SHOWN_KEY_BYTES = 64;

const TYPE_NAMES: readonly string[] = [
  'string',
  'list',
  'set',
  'zset, score texts',
  'hash',
  'zset',
  'module',
  'module',
  '',
  'hash, zipmap',
  'list, ziplist',
  'set, intset',
  'zset, ziplist',
  'hash, ziplist',
  'list, ziplists',
  'stream',
  'hash, listpack',
  'zset, listpack',
  'list, listpacks',
  'stream',
  'set, listpack',
  'stream',
];

/** The keys of a type in one of its encodings. */
export interface TypeReport {
  readonly name: string;
  keys: number;
  expiring: number;
  /** What they take in the file. */
  fileBytes: number;
  largestKey: string;
  largestBytes: number;
}

export interface RdbReport {
  /** Null when the file is whole and right. */
  readonly fault: RdbError | null;
  /** How much was read. */
  readonly offset: number;
  readonly keys: number;
  /** Keys with a deadline, and those whose deadline is over. */
  readonly expiringKeys: number;
  readonly expiredKeys: number;
  readonly emptyKeys: number;
  readonly functions: number;
  readonly facts: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
  readonly types: readonly TypeReport[];
  readonly lastKey: string | null;
}

/** Checks a file. What is wrong, with the file or with reading it, is in the report. */
export function checkRdb(path: string): RdbReport {
  const counts = new Counts();
  const notes: string[] = [];
  let decoder: SnapshotDecoder | null = null;
  let source: FileSource | null = null;
  let fault: RdbError | null = null;
  const [seed0, seed1] = crypto.getRandomValues(new Uint32Array(2));
  const hashSeed = [seed0, seed1] as const;
  const keyspace = new Keyspace({ clock: new SystemClock(), random: new Xoshiro128(), hashSeed, databases: 1 });
  try {
    source = open(path);
    decoder = new SnapshotDecoder(source, {
      keyspace,
      databases: [],
      checksum: true,
      nowMs: 0,
      log: (level, message) => {
        if (level === 'warning') notes.push(message);
      },
      onKey: (key) => counts.add(key),
    });
    while (!decoder.run(performance.now() + SLICE_MS)) keyspace.reclaimer.finish();
  } catch (error) {
    if (!(error instanceof RdbError)) throw error;
    fault = error;
  } finally {
    source?.close();
  }
  return {
    fault,
    offset: decoder?.offset ?? 0,
    keys: counts.keys,
    expiringKeys: counts.expiring,
    expiredKeys: counts.expired,
    emptyKeys: decoder?.emptyKeys ?? 0,
    functions: decoder?.functions.length ?? 0,
    facts: decoder?.facts ?? new Map<string, string>(),
    notes,
    types: [...counts.types.values()],
    lastKey: counts.lastKey,
  };
}

class Counts {
  keys = 0;
  expiring = 0;
  expired = 0;
  lastKey: string | null = null;
  readonly types = new Map<number, TypeReport>();
  private readonly nowMs = Date.now();

  add({ deadlineMs, fileBytes, key, rdbType }: MetKey): void {
    const expires = deadlineMs !== NO_DEADLINE;
    const shown = shownKey(key.copy());
    this.keys++;
    this.lastKey = shown;
    if (expires) this.expiring++;
    if (expires && deadlineMs < this.nowMs) this.expired++;
    let type = this.types.get(rdbType);
    if (type === undefined) {
      type = { name: TYPE_NAMES[rdbType], keys: 0, expiring: 0, fileBytes: 0, largestKey: '', largestBytes: -1 };
      this.types.set(rdbType, type);
    }
    type.keys++;
    type.fileBytes += fileBytes;
    if (expires) type.expiring++;
    if (fileBytes <= type.largestBytes) return;
    type.largestBytes = fileBytes;
    type.largestKey = shown;
  }
}

function open(path: string): FileSource {
  try {
    return new FileSource(path);
  } catch (error) {
    throw new RdbError('RDB_UNREADABLE', 0, systemErrorText(error), error);
  }
}

function shownKey(key: Uint8Array): string {
  const text = quoteBytes(key, 0, Math.min(key.length, SHOWN_KEY_BYTES));
  return key.length > SHOWN_KEY_BYTES ? `${text}…` : text;
}
