/**
 * Append-only logs that go to and fro between respd and real Redis: each starts from what the other has left when it
 * was killed, after values of every type and commands of every kind were logged, before, during and after a rewrite.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtProgram } from '../support/built-program.ts';
import { REDIS_PROGRAM } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import type { Command, RespClient } from '../support/resp-client.ts';
import { decodeReply } from '../support/resp-reply.ts';
import { type Program, ServerProcess } from '../support/server-process.ts';
import { checkAof, rewriteAof } from './aof-files.ts';
import { everyEncoding, noise } from './rdb/every-encoding.ts';

let respd: Program;
beforeAll(async () => {
  respd = await builtProgram();
});

/** Commands whose effects are logged in another form than they came in, or that are logged in several. */
const EFFECTS: readonly Command[] = [
  ['SET', 'e:ex', 'v', 'EX', 1000],
  ['SET', 'e:px', 'v', 'PX', 1_000_000],
  ['SETEX', 'e:setex', 1000, 'v'],
  ['PSETEX', 'e:psetex', 1_000_000, 'v'],
  ['SET', 'e:ex', 'w', 'KEEPTTL', 'GET'],
  ['SET', 'e:nx', 'v', 'NX'],
  ['SET', 'e:nx', 'w', 'NX'],
  ['GETEX', 'e:setex', 'PERSIST'],
  ['GETEX', 'e:px', 'EX', 500],
  ['GETDEL', 'e:psetex'],
  ['GETSET', 'e:nx', 'x'],
  ['EXPIRE', 'hash:5', 1000],
  ['EXPIRE', 'list:1', -1],
  ['PEXPIREAT', 'set:1', '99999999999999'],
  ['INCRBYFLOAT', 'e:float', '3.0e3'],
  ['INCRBYFLOAT', 'e:float', '0.1'],
  ['HINCRBYFLOAT', 'e:hash', 'f', '1.5'],
  ['HINCRBY', 'e:hash', 'g', 7],
  ['HSETNX', 'e:hash', 'f', 1],
  ['INCR', 'e:count'],
  ['DECRBY', 'e:count', 5],
  ['APPEND', 'e:text', 'some text'],
  ['SETRANGE', 'e:text', 20, 'behind a gap'],
  ['SETBIT', 'e:bits', 1000, 1],
  ['BITFIELD', 'e:bits', 'SET', 'u8', 3, 200, 'INCRBY', 'i5', 100, 1],
  ['BITOP', 'NOT', 'e:not', 'e:bits'],
  ['PFADD', 'e:hll', 'a', 'b', 'c'],
  ['PFMERGE', 'e:hll:2', 'e:hll'],
  ['SPOP', 'set:128', 5],
  ['SPOP', 'set:129'],
  ['SPOP', 'set:5', 100],
  ['SMOVE', 'integers:128:1', 'integers:5:1', 3],
  ['SINTERSTORE', 'e:inter', 'set:128', 'set:1500'],
  ['SDIFFSTORE', 'e:diff', 'set:1500', 'set:128'],
  ['SUNIONSTORE', 'e:union', 'set:129', 'integers:128:1000'],
  ['RPUSH', 'e:list', 'a', 'b', 'c', 'd', 'e', 'f'],
  ['LPUSHX', 'e:none', 'x'],
  ['LMOVE', 'e:list', 'e:list:2', 'LEFT', 'RIGHT'],
  ['RPOPLPUSH', 'e:list', 'e:list:2'],
  ['LMPOP', 2, 'e:none', 'e:list', 'LEFT', 'COUNT', 2],
  ['BLPOP', 'e:list', 0],
  ['BLMOVE', 'e:list:2', 'e:list', 'LEFT', 'LEFT', 0],
  ['BLMPOP', 0, 1, 'e:list:2', 'RIGHT'],
  ['LINSERT', 'list:129', 'BEFORE', 'element 1', 'inserted'],
  ['LREM', 'list:1500', 0, 'element 4'],
  ['LTRIM', 'list:128', 3, -7],
  ['LSET', 'list:5', -1, 'set'],
  ['ZADD', 'zset:5', 'GT', 'CH', 100, 'member:1', -500, 'member:2'],
  ['ZADD', 'zset:5', 'INCR', 2.5, 'member:1'],
  ['ZINCRBY', 'zset:128', '0.3', 'member:1'],
  ['ZMPOP', 1, 'zset:129', 'MIN', 'COUNT', 3],
  ['BZMPOP', 0, 1, 'zset:129', 'MAX'],
  ['ZPOPMAX', 'ties:5', 2],
  ['BZPOPMIN', 'ties:5', 0],
  ['ZREMRANGEBYSCORE', 'zset:1500', '-inf', 0],
  ['ZRANGESTORE', 'e:range', 'zset:1500', 0, 50],
  ['ZUNIONSTORE', 'e:zunion', 2, 'zset:128', 'zset:129', 'WEIGHTS', 2, 3, 'AGGREGATE', 'MAX'],
  ['GEOADD', 'e:geo', '13.361389', '38.115556', 'Palermo', '15.087269', '37.502669', 'Catania'],
  ['GEOSEARCHSTORE', 'e:geo:near', 'e:geo', 'FROMLONLAT', 15, 37, 'BYRADIUS', 100, 'km'],
  ['SORT', 'integers:5:1000', 'DESC', 'STORE', 'e:sorted'],
  ['COPY', 'hash:128', 'e:copy', 'DB', 3],
  ['MOVE', 'hash:129', 3],
  ['RENAME', 'set:1500', 'e:renamed'],
  ['RENAMENX', 'zset:long', 'e:none'],
  ['UNLINK', 'list:long'],
  ['DEL', 'e:none', 'hash:1', 'string:0'],
  ['PERSIST', 'zset:129'],
  ['TOUCH', 'e:text'],
  ['MULTI'],
  ['SELECT', 5],
  ['MSET', 'in', 1, 'another', 2],
  ['EXPIRE', 'in', 1000],
  ['SELECT', 0],
  ['INCR', 'e:count'],
  ['EXEC'],
  ['MULTI'],
  ['GET', 'e:count'],
  ['EXEC'],
  ['SELECT', 7],
  ['MSETNX', 'x', noise(3000), 'y', 'z'],
  ['SWAPDB', 7, 8],
  ['SET', 'x', 'after the exchange'],
  ['SELECT', 9],
  ['SET', 'flushed', 1],
  ['FLUSHDB'],
  ['SELECT', 0],
];

const WITH_ERRORS = new Set(['RENAMENX']);

async function send(client: RespClient, commands: readonly Command[]): Promise<void> {
  const replies = await client.send(commands);
  for (const [i, raw] of replies.entries()) {
    const value = decodeReply(raw);
    if (value instanceof Error && !WITH_ERRORS.has(String(commands[i][0]))) throw value;
  }
}

/** Commands on keys of this number, so that each server adds something of its own. */
function numbered(commands: readonly Command[], number: number): Command[] {
  return commands.map((command) => command.map((word) => (word === 'e:text' ? `e:text:${number}` : word)));
}

describe.skipIf(!hasReferenceRedis).each(['yes', 'no'])('logs whose bases are RDB files: %s', (preamble) => {
  it.each([
    ['respd', 'redis'],
    ['redis', 'respd'],
  ])('go from %s to %s and back', async (first) => {
    const directory = await mkdtemp(join(tmpdir(), 'respd-interop-'));
    const programs = first === 'respd' ? [respd, REDIS_PROGRAM] : [REDIS_PROGRAM, respd];
    const config = {
      appendonly: 'yes',
      'aof-use-rdb-preamble': preamble,
      'aof-timestamp-enabled': preamble,
      'enable-debug-command': 'yes',
      databases: 16,
    };
    let digest = '';
    try {
      for (let leg = 0; leg < 4; leg++) {
        await using server = await ServerProcess.start(programs[leg % 2], { directory, config });
        const client = await server.connect();
        const other = await server.connect();
        if (leg > 0) expect(String(await client.call('DEBUG', 'DIGEST')), `${server.name}, leg ${leg}`).toBe(digest);
        if (leg === 3) break;
        await send(client, [['FLUSHALL'], ...everyEncoding(Date.now() + 10 ** 8)]);
        await send(client, numbered(EFFECTS, leg).slice(0, 30));
        const rewriting = rewriteAof(other);
        await send(client, numbered(EFFECTS, leg).slice(30));
        await rewriting;
        await send(client, [
          ['SET', 'after the rewrite', leg, 'EX', 1000],
          ['SPOP', 'set:129', 3],
          ['SELECT', 3],
          ['LPUSH', 'last', leg],
        ]);
        digest = String(await client.call('DEBUG', 'DIGEST'));
        await server.stop('SIGKILL');
        expect(await checkAof(directory)).toMatch(/All AOF files and manifest are valid/);
      }
      expect(digest).toMatch(/^[0-9a-f]{40}$/);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
