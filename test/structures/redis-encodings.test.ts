/**
 * The same changes made to keys of a real redis-server and to our structures leave the same bytes: those in the
 * payload of DUMP. Skipped where redis-server is not installed.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Slice } from '../../src/lib/slice.ts';
import { Int64 } from '../../src/structures/int64.ts';
import * as intset from '../../src/structures/intset.ts';
import * as listpack from '../../src/structures/listpack.ts';
import * as edit from '../../src/structures/listpack-edit.ts';
import { ListpackElement } from '../../src/structures/listpack-element.ts';
import { validateListpack } from '../../src/structures/listpack-validate.ts';
import { anyElement, bytesOf, type Element, listpackValue, Room } from './listpack-fixtures.ts';

const installed = spawnSync('redis-server', ['--version']).status === 0;
if (!installed) console.warn('redis-server is not installed: the comparison with its bytes is skipped');

const RUNS = { numRuns: 40 };
const TYPE_INTSET = 11;
const TYPE_HASH_LISTPACK = 16;
const TYPE_ZSET_LISTPACK = 17;
const TYPE_QUICKLIST_2 = 18;

let directory: string;
let server: ChildProcess;
let redis: Redis;

/** Where the element behind one begins, or the end. */
function behind({ bytes, base }: Room, at: number): number {
  const next = listpack.next(bytes, base, at);
  return next === listpack.NO_ELEMENT ? listpack.endOffset(bytes, base) : next;
}

/** The length at `offset` of an RDB payload and the offset behind it. */
function readLength(payload: Buffer, offset: number): [length: number, next: number] {
  const head = payload[offset];
  if (head < 0x40) return [head, offset + 1];
  if (head < 0x80) return [((head & 0x3f) << 8) | payload[offset + 1], offset + 2];
  expect(head).toBe(0x80);
  return [payload.readUInt32BE(offset + 1), offset + 5];
}

/** The one blob in the payload of a key that must have the given type; null when there is no such key. */
async function dumped(key: string, type: number): Promise<Uint8Array | null> {
  const payload = await redis.dumpBuffer(key);
  if (payload === null) return null;
  expect(payload[0]).toBe(type);
  let offset = 1;
  if (type === TYPE_QUICKLIST_2) {
    const [nodes, afterNodes] = readLength(payload, offset);
    const [container, afterContainer] = readLength(payload, afterNodes);
    expect([nodes, container]).toEqual([1, 2]);
    offset = afterContainer;
  }
  const [length, start] = readLength(payload, offset);
  // Behind it: two bytes of RDB version, eight of checksum.
  expect(start + length + 10).toBe(payload.length);
  return Uint8Array.from(payload.subarray(start, start + length));
}

function expectSame(ours: Room, theirs: Uint8Array | null): void {
  const content = ours.content();
  if (theirs === null) expect(content.length).toBe(listpack.EMPTY_LISTPACK_BYTES);
  else expect(Buffer.from(content).toString('hex')).toBe(Buffer.from(theirs).toString('hex'));
  expect(validateListpack(ours.bytes, ours.base, ours.base + content.length, true)).toBeNull();
}

function newRoom(): Room {
  return new Room(3, 1 << 18);
}

function argument(element: Element): Buffer {
  return Buffer.from(bytesOf(element));
}

beforeAll(async () => {
  if (!installed) return;
  directory = mkdtempSync(join(tmpdir(), 'respd-encodings-'));
  const path = join(directory, 'redis.sock');
  const limits = ['hash-max-listpack', 'zset-max-listpack'].flatMap((name) => [
    ...[`--${name}-entries`, '10000'],
    ...[`--${name}-value`, '100000'],
  ]);
  server = spawn(
    'redis-server',
    ['--port', '0', '--unixsocket', path, '--dir', directory, '--save', '', '--rdbcompression', 'no', ...limits].concat(
      ['--list-max-listpack-size', '-5', '--set-max-intset-entries', '10000'],
    ),
    { stdio: 'ignore' },
  );
  redis = new Redis({ path, retryStrategy: () => 50, maxRetriesPerRequest: null });
  // Until the socket exists every attempt to connect is an error event, which is no failure.
  redis.on('error', () => undefined);
  await redis.ping();
});

afterAll(() => {
  if (!installed) return;
  redis.disconnect();
  server.kill();
  rmSync(directory, { recursive: true, force: true });
});

describe.skipIf(!installed)('the bytes of a real Redis', () => {
  it('are those of a list', async () => {
    const command = fc.record({
      kind: fc.constantFrom('rpush', 'lpush', 'rpush', 'before', 'after', 'set', 'rem', 'trim', 'lpop', 'rpop'),
      place: fc.nat({ max: 1000 }),
      element: anyElement,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 30 }), async (commands) => {
        await redis.del('list');
        const room = newRoom();
        const { bytes, base } = room;
        for (const { kind, place, element } of commands) {
          // 64 KiB is where Redis would split the list.
          if (room.size > 55_000) break;
          const value = listpackValue(element);
          const elements = listpack.count(bytes, base);
          if (kind === 'rpush' || kind === 'lpush') {
            await redis[kind]('list', argument(element));
            if (kind === 'rpush') edit.append(bytes, base, value);
            else edit.insertBefore(bytes, base, listpack.LISTPACK_HEADER_BYTES, value);
            continue;
          }
          if (elements === 0) continue;
          const index = place % elements;
          const at = listpack.seek(bytes, base, index);
          if (kind === 'set') {
            await redis.lset('list', index, argument(element));
            edit.replace(bytes, base, at, value);
          } else if (kind === 'trim') {
            await redis.ltrim('list', 1, index);
            edit.remove(bytes, base, behind(room, at), elements);
            edit.remove(bytes, base, listpack.first(bytes, base));
          } else if (kind === 'lpop' || kind === 'rpop') {
            await redis[kind]('list');
            edit.remove(bytes, base, kind === 'lpop' ? listpack.first(bytes, base) : listpack.last(bytes, base));
          } else {
            const pivot = room.at(at);
            const found = listpack.find(bytes, base, listpack.first(bytes, base), listpackValue(pivot), 0);
            if (kind === 'rem') {
              await redis.lrem('list', 1, argument(pivot));
              edit.remove(bytes, base, found);
            } else if (kind === 'before') {
              await redis.linsert('list', 'BEFORE', argument(pivot), argument(element));
              edit.insertBefore(bytes, base, found, value);
            } else {
              await redis.linsert('list', 'AFTER', argument(pivot), argument(element));
              edit.insertBefore(bytes, base, behind(room, found), value);
            }
          }
        }
        expectSame(room, await dumped('list', TYPE_QUICKLIST_2));
      }),
      RUNS,
    );
  });

  it('are those of a hash', async () => {
    const field = fc.oneof(fc.constantFrom('1', '01', 'a', '-4097', '4096', ''), anyElement);
    const command = fc.record({ set: fc.boolean(), keep: fc.boolean(), field, value: anyElement });
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 30 }), async (commands) => {
        await redis.del('hash');
        const room = newRoom();
        const { bytes, base } = room;
        for (const { set, keep, field, value } of commands) {
          const at = listpack.find(bytes, base, listpack.first(bytes, base), listpackValue(field), 1);
          if (set || keep) {
            await redis.hset('hash', argument(field), argument(value));
            if (at === listpack.NO_ELEMENT) {
              edit.append(bytes, base, listpackValue(field));
              edit.append(bytes, base, listpackValue(value));
            } else {
              edit.replace(bytes, base, listpack.next(bytes, base, at), listpackValue(value));
            }
          } else {
            await redis.hdel('hash', argument(field));
            if (at !== listpack.NO_ELEMENT) edit.remove(bytes, base, at, 2);
          }
        }
        expectSame(room, await dumped('hash', TYPE_HASH_LISTPACK));
      }),
      RUNS,
    );
  });

  it('are those of a sorted set', async () => {
    const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(0.5, -1.25, 40_000, 2 ** 40, -(2 ** 33)));
    const members = fc.uniqueArray(fc.tuple(anyElement, score), { maxLength: 25, selector: ([member]) => member });
    const element = new ListpackElement();
    await fc.assert(
      fc.asyncProperty(members, async (pairs) => {
        await redis.del('zset');
        const room = newRoom();
        const { bytes, base } = room;
        const scores = new Map(pairs);
        for (const [member, score] of pairs) {
          await redis.zadd('zset', score, argument(member));
          let at = listpack.first(bytes, base);
          while (at !== listpack.NO_ELEMENT) {
            const other = scores.get(room.at(at)) as number;
            element.read(bytes, base, at);
            if (other > score || (other === score && element.compare(Slice.from(bytesOf(member))) > 0)) break;
            at = listpack.next(bytes, base, listpack.next(bytes, base, at));
          }
          if (at === listpack.NO_ELEMENT) at = listpack.endOffset(bytes, base);
          edit.insertBefore(bytes, base, at, listpackValue(member));
          edit.insertBefore(bytes, base, behind(room, at), listpackValue(String(score)));
        }
        expectSame(room, await dumped('zset', TYPE_ZSET_LISTPACK));
      }),
      RUNS,
    );
  });

  it('are those of a set of integers', async () => {
    const member = fc.oneof(
      fc.bigInt({ min: -20n, max: 20n }),
      fc.bigInt({ min: -70_000n, max: 70_000n }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    );
    const command = fc.record({ add: fc.boolean(), again: fc.boolean(), member });
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 40 }), async (commands) => {
        await redis.del('set');
        let bytes = new Uint8Array(1024);
        intset.writeEmpty(bytes, 1);
        for (const { add, again, member } of commands) {
          // A set that becomes empty is gone, and the next one begins with the narrowest members.
          if (intset.count(bytes, 1) === 0) intset.writeEmpty(bytes, 1);
          const known = Math.floor(intset.count(bytes, 1) / 2);
          const value = Int64.of(member);
          if (again && intset.count(bytes, 1) > 0) intset.get(bytes, 1, known, value);
          const text = value.toBigInt().toString();
          const replied = add || !again ? await redis.sadd('set', text) : await redis.srem('set', text);
          const changed = add || !again ? intset.insert(bytes, 1, value) : intset.remove(bytes, 1, value);
          expect(changed ? 1 : 0).toBe(replied);
        }
        bytes = bytes.slice(1, 1 + intset.totalBytes(bytes, 1));
        const theirs = await dumped('set', TYPE_INTSET);
        if (theirs === null) expect(intset.count(bytes, 0)).toBe(0);
        else expect(bytes).toEqual(theirs);
      }),
      RUNS,
    );
  });

  it('decide what is accepted: RESTORE refuses exactly the listpacks that validation refuses', async () => {
    await redis.config('SET', 'sanitize-dump-payload', 'yes');
    const damage = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x80, 0xf0, 0xff))), {
      maxLength: 2,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyElement, { minLength: 1, maxLength: 6 }), damage, async (elements, changes) => {
        const content = Room.of(elements, 0).content();
        for (const [where, byte] of changes) content[where % content.length] = byte;
        const reason = validateListpack(content, 0, content.length, true);
        // A list without elements is refused for another reason.
        if (reason === null && listpack.first(content, 0) === listpack.NO_ELEMENT) return;
        const length = Buffer.from([0x80, 0, 0, 0, 0]);
        length.writeUInt32BE(content.length, 1);
        const body = Buffer.concat([Buffer.from([TYPE_QUICKLIST_2, 1, 2]), length, content, Buffer.from([10, 0])]);
        const accepted = await redis.restore('restored', 0, withChecksum(body), 'REPLACE').then(
          () => true,
          (error: Error) => {
            expect(error.message).toBe('ERR Bad data format');
            return false;
          },
        );
        expect(accepted).toBe(reason === null);
      }),
      { numRuns: 300 },
    );
  });
});

/** The payload with its checksum, the CRC-64 of Jones's polynomial (reflected), bit by bit. */
function withChecksum(body: Buffer): Buffer {
  let crc = 0n;
  for (const byte of body) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x95ac9329ac4bc9b5n : crc >> 1n;
  }
  const checksum = Buffer.alloc(8);
  checksum.writeBigUInt64LE(crc);
  return Buffer.concat([body, checksum]);
}
