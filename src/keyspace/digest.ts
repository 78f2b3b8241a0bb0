/**
 * Digests of values and of the whole keyspace, the same as Redis's DEBUG DIGEST, so that two data sets can be compared
 * across servers (algorithm: `computeDatasetDigest` in `src/debug.c` of Redis 7.0.15).
 *
 * A digest is 20 bytes, at first zero. Two operations combine it with data: `xor` exclusive-ors it with the data's
 * SHA-1, so that the order does not matter; `mix` does the same and then replaces it by its own SHA-1, so that it does.
 * Keys and the members of what has no order are xor-ed, elements of what has one are mixed.
 */
import { createHash } from 'node:crypto';
import { formatDouble } from '../lib/double.ts';
import { invariant } from '../lib/invariant.ts';
import { Slice } from '../lib/slice.ts';
import type { Pointer } from '../memory/layout.ts';
import type { Database } from './database.ts';
import { expires, TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STRING, TYPE_ZSET, typeOf } from './key-entry.ts';
import type { Keyspace } from './keyspace.ts';

const DIGEST_BYTES = 20;
const NOTHING = new Uint8Array(0);
const EXPIRES = new TextEncoder().encode('!!expire!!');

export class Digest {
  readonly bytes: Uint8Array = new Uint8Array(DIGEST_BYTES);

  xor(data: Uint8Array): void {
    const hash = createHash('sha1').update(data).digest();
    for (let i = 0; i < DIGEST_BYTES; i++) this.bytes[i] ^= hash[i];
  }

  mix(data: Uint8Array): void {
    this.xor(data);
    this.bytes.set(createHash('sha1').update(this.bytes).digest());
  }

  xorSlice({ bytes, start, end }: Slice): void {
    this.xor(bytes.subarray(start, end));
  }

  mixSlice({ bytes, start, end }: Slice): void {
    this.mix(bytes.subarray(start, end));
  }

  /** Mixes a 32-bit integer, the most significant byte first. */
  mixWord(value: number): void {
    this.mix(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
  }

  toString(): string {
    return Buffer.from(this.bytes).toString('hex');
  }
}

/** A key with its entry, and where it is. */
export interface KeyPlace {
  readonly keyspace: Keyspace;
  readonly database: Database;
  readonly key: Slice;
  readonly entry: Pointer;
}

/** Combines a digest with the value of a key. */
type ValueDigest = (place: KeyPlace, digest: Digest) => void;

/** How the values of each type enter a digest. */
const VALUE_DIGESTS: Readonly<Record<number, ValueDigest>> = {
  [TYPE_STRING]: digestString,
  [TYPE_LIST]: digestList,
  [TYPE_SET]: digestSet,
  [TYPE_ZSET]: digestZset,
  [TYPE_HASH]: digestHash,
};

function digestString({ keyspace, entry }: KeyPlace, digest: Digest): void {
  digest.mixSlice(keyspace.stringValues.slice(entry, new Slice(NOTHING, 0, 0)));
}

function digestList({ keyspace, database, key, entry }: KeyPlace, digest: Digest): void {
  keyspace.list.open(database, key, entry).forEach((element) => {
    digest.mixSlice(element);
  });
}

function digestSet({ keyspace, database, key, entry }: KeyPlace, digest: Digest): void {
  keyspace.set.open(database, key, entry).forEach((member) => {
    digest.xorSlice(member);
  });
}

function digestZset({ keyspace, database, key, entry }: KeyPlace, digest: Digest): void {
  keyspace.zset.open(database, key, entry).forEach((member, score) => {
    const ofMember = new Digest();
    ofMember.mixSlice(member);
    ofMember.mix(Buffer.from(formatDouble(score)));
    digest.xor(ofMember.bytes);
  });
}

function digestHash({ keyspace, database, key, entry }: KeyPlace, digest: Digest): void {
  keyspace.hash.open(database, key, entry).forEach((field, value) => {
    const ofField = new Digest();
    ofField.mixSlice(field);
    ofField.mixSlice(value);
    digest.xor(ofField.bytes);
  });
}

/** Combines a digest with a key's type and value, and with whether it expires; not with its name. */
export function digestValue(place: KeyPlace, digest: Digest): void {
  const { heap } = place.keyspace;
  const type = typeOf(heap, place.entry);
  digest.mixWord(type);
  const combine = VALUE_DIGESTS[type];
  invariant(combine !== undefined, `there is no digest of type ${type}`);
  combine(place, digest);
  if (expires(heap, place.entry)) digest.xor(EXPIRES);
}

/** The digest of all keys. It takes time in proportion to them, and memory for the longest string. */
export function digestKeyspace(keyspace: Keyspace): Digest {
  const digest = new Digest();
  for (const database of keyspace.databases) {
    if (database.size === 0) continue;
    digest.mixWord(database.index);
    digestDatabase(keyspace, database, digest);
  }
  return digest;
}

function digestDatabase(keyspace: Keyspace, database: Database, digest: Digest): void {
  const key = new Slice(NOTHING, 0, 0);
  database.table.forEach(database.root, (entry) => {
    const ofKey = new Digest();
    ofKey.mixSlice(keyspace.entries.key(entry, key));
    digestValue({ keyspace, database, key, entry }, ofKey);
    digest.xor(ofKey.bytes);
  });
}
