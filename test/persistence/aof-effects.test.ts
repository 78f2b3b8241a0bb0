/**
 * What is written for each command: the same as real Redis writes, command by command. (What depends on chance, on the
 * hour or on the order of hash tables is left to tests of its own.)
 */
import { describe, expect, it } from 'vitest';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import type { Command } from '../support/resp-client.ts';
import { startRespd } from '../support/respd-server.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { incrementalFiles, readAofFile, unitsIn } from './aof-files.ts';

/** A moment that is far away. */
const LATER_SECONDS = 99_999_999_999;
const LATER_MS = LATER_SECONDS * 1000;

/** Steps of one client; an array of commands is sent in one go. */
const STEPS: readonly Command[] = [
  ['SET', 'a', '1'],
  ['SET', 'a', '2', 'NX'],
  ['SET', 'a', '2', 'XX', 'GET'],
  ['SET', 'a', '3', 'EXAT', LATER_SECONDS],
  ['SET', 'a', '4', 'KEEPTTL'],
  ['SET', 'a', '5', 'PXAT', LATER_MS, 'NX', 'GET'],
  ['SET', 'a', '6', 'PXAT', LATER_MS, 'GET'],
  ['GETEX', 'a'],
  ['GETEX', 'a', 'EXAT', LATER_SECONDS + 1],
  ['GETEX', 'a', 'PERSIST'],
  ['GETEX', 'a', 'PERSIST'],
  ['GETEX', 'a', 'EXAT', 1],
  ['GETDEL', 'nothing'],
  ['SET', 'a', '1'],
  ['GETDEL', 'a'],
  ['GETSET', 'a', 'x'],
  ['SETNX', 'a', 'y'],
  ['MSET', 'm1', '1', 'm2', '2'],
  ['MSETNX', 'm2', '1', 'm3', '2'],
  ['EXPIREAT', 'm1', LATER_SECONDS],
  ['EXPIREAT', 'm1', LATER_SECONDS, 'NX'],
  ['PEXPIREAT', 'm1', LATER_MS + 5, 'GT'],
  ['EXPIRE', 'nothing', 10],
  ['EXPIRE', 'm2', -1],
  ['PERSIST', 'm1'],
  ['PERSIST', 'm1'],
  ['INCR', 'n'],
  ['DECRBY', 'n', 3],
  ['INCRBYFLOAT', 'n', '0.5'],
  ['APPEND', 'n', '1'],
  ['APPEND', 'n', ''],
  ['SETRANGE', 'n', 3, ''],
  ['SETRANGE', 'n', 5, 'zz'],
  ['DEL', 'nothing'],
  ['DEL', 'n', 'nothing'],
  ['UNLINK', 'a'],
  ['HSET', 'h', 'f', '1', 'g', '2'],
  ['HINCRBY', 'h', 'f', 3],
  ['HINCRBYFLOAT', 'h', 'f', '0.25'],
  ['HSETNX', 'h', 'f', '1'],
  ['HDEL', 'h', 'none'],
  ['HDEL', 'h', 'f'],
  ['RPUSH', 'l', 'a', 'b', 'c', 'd', 'e', 'f', 'g'],
  ['LPUSHX', 'none', 'x'],
  ['LPOP', 'l'],
  ['RPOP', 'l', 1],
  ['LPOP', 'none'],
  ['LPOP', 'l', 0],
  ['LMOVE', 'l', 'l2', 'LEFT', 'RIGHT'],
  ['RPOPLPUSH', 'l', 'l2'],
  ['LMPOP', 2, 'none', 'l', 'LEFT', 'COUNT', 2],
  ['LMPOP', 1, 'none', 'LEFT'],
  ['BLPOP', 'none', 'l2', 0],
  ['BRPOP', 'l2', 0],
  ['RPUSH', 'l', 'x', 'y', 'z'],
  ['BLMOVE', 'l', 'l2', 'LEFT', 'LEFT', 0],
  ['BRPOPLPUSH', 'l', 'l2', 0],
  ['BLMPOP', 0, 2, 'none', 'l2', 'RIGHT', 'COUNT', 1],
  ['LREM', 'l2', 0, 'none'],
  ['LINSERT', 'l2', 'BEFORE', 'none', 'x'],
  ['LTRIM', 'l2', 0, 0],
  ['LSET', 'l2', 0, 'q'],
  ['SADD', 's', 'one'],
  ['SADD', 's', 'one'],
  ['SPOP', 's'],
  ['SADD', 's', 'one', 'two'],
  ['SPOP', 's', 10],
  ['SPOP', 's', 10],
  ['SADD', 's', '1', '2', '3'],
  ['SREM', 's', '9'],
  ['SMOVE', 's', 't', '1'],
  ['SMOVE', 's', 't', '9'],
  ['SINTERSTORE', 'd', 's', 'none'],
  ['SUNIONSTORE', 'd', 's', 't'],
  ['SINTERSTORE', 'd', 's', 'none'],
  ['ZADD', 'z', '1', 'a', '2', 'b', '3', 'c', '4', 'd'],
  ['ZADD', 'z', 'NX', '9', 'a'],
  ['ZADD', 'z', 'INCR', '1.5', 'a'],
  ['ZADD', 'z', 'XX', 'INCR', '1.5', 'none'],
  ['ZINCRBY', 'z', '2', 'b'],
  ['ZPOPMIN', 'z'],
  ['ZPOPMAX', 'z', 1],
  ['ZMPOP', 1, 'z', 'MIN'],
  ['ZADD', 'z', '1', 'a', '2', 'b', '3', 'c', '4', 'd'],
  ['BZPOPMIN', 'none', 'z', 0],
  ['BZMPOP', 0, 1, 'z', 'MAX', 'COUNT', 2],
  ['ZREMRANGEBYRANK', 'z', 5, 6],
  ['ZRANGESTORE', 'zr', 'z', 0, -1],
  ['ZUNIONSTORE', 'zu', 1, 'none'],
  ['GEOADD', 'g', '13.361389', '38.115556', 'Palermo', '15.087269', '37.502669', 'Catania'],
  ['GEOADD', 'g', 'XX', 'CH', '13.361389', '38.115556', 'Palermo'],
  ['GEOSEARCHSTORE', 'gs', 'g', 'FROMMEMBER', 'Palermo', 'BYRADIUS', 1000, 'km'],
  ['PFADD', 'p', 'a', 'b'],
  ['PFADD', 'p', 'a'],
  ['PFCOUNT', 'p'],
  ['PFCOUNT', 'p'],
  ['PFMERGE', 'p2', 'p'],
  ['SETBIT', 'bits', 7, 1],
  ['BITFIELD', 'bits', 'GET', 'u4', 0],
  ['BITFIELD', 'bits', 'SET', 'u4', 0, 5],
  ['BITOP', 'NOT', 'nots', 'bits'],
  ['BITOP', 'NOT', 'nots', 'none'],
  ['SORT', 's', 'STORE', 'sorted'],
  ['SORT', 'none', 'STORE', 'sorted'],
  ['RENAME', 'sorted', 'sorted2'],
  ['RENAMENX', 's', 't'],
  ['COPY', 's', 's2'],
  ['COPY', 's', 's2'],
  ['COPY', 's', 's2', 'DB', 3],
  ['MOVE', 's2', 4],
  ['MOVE', 's2', 4],
  ['SWAPDB', 3, 4],
  ['SELECT', 3],
  ['SET', 'in3', '1'],
  ['SELECT', 0],
  ['SET', 'in0', '1'],
  ['MULTI'],
  ['SET', 'tx', '1'],
  ['GET', 'tx'],
  ['INCR', 'tx'],
  ['SELECT', 5],
  ['INCR', 'tx'],
  ['SELECT', 0],
  ['EXEC'],
  ['MULTI'],
  ['SET', 'alone', '1'],
  ['EXEC'],
  ['MULTI'],
  ['GET', 'alone'],
  ['LPUSH', 'alone', 'wrong type'],
  ['EXEC'],
  ['MULTI'],
  ['LMPOP', 1, 'l', 'LEFT', 'COUNT', 5],
  ['SPOP', 't', 100],
  ['EXEC'],
  ['SET', 'short', 'x', 'PXAT', 1],
  ['GET', 'short'],
  ['SET', 'short', 'x', 'PXAT', 1],
  ['SET', 'short', 'y'],
  ['SET', 'short', 'x', 'PXAT', 1],
  ['LPUSH', 'short', 'y'],
  ['MULTI'],
  ['SET', 'short2', 'x', 'PXAT', 1],
  ['APPEND', 'short2', 'y'],
  ['EXEC'],
  ['SET', 'o', 'x'],
  ['OBJECT', 'ENCODING', 'o'],
  ['PUBLISH', 'channel', 'message'],
  ['FLUSHDB'],
  ['FLUSHALL'],
  ['FLUSHALL', 'ASYNC'],
];

/** The commands of the log, one a line; names in upper case, since a command's name is written as it was sent. */
async function logOf(server: ServerProcess): Promise<string[]> {
  await using client = await server.connect();
  for (const step of STEPS) await client.raw(...step);
  const lines: string[] = [];
  for (const name of await incrementalFiles(server.directory)) {
    for (const { commands } of unitsIn(await readAofFile(server.directory, name))) {
      const texts = commands.map(([first, ...rest]) =>
        [first.toString('latin1').toUpperCase(), ...rest.map((word) => word.toString('latin1'))].join(' '),
      );
      lines.push(texts.length === 1 ? texts[0] : `[${texts.join('; ')}]`);
    }
  }
  return lines;
}

describe.skipIf(!hasReferenceRedis)('the append-only file', () => {
  it('gets the same commands as that of Redis', async () => {
    const config = { appendonly: 'yes', 'auto-aof-rewrite-percentage': 0 };
    await using respd = await startRespd({ config });
    await using redis = await startRedis({ config });
    // Only commands delete what has expired, so that both do at the same moment.
    for (const server of [respd, redis]) {
      await using client = await server.connect();
      await client.call('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
    }
    const expected = await logOf(redis);
    expect(expected.length).toBeGreaterThan(90);
    expect(await logOf(respd)).toEqual(expected);
  });
});
