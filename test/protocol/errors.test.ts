import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Slice } from '../../src/lib/slice.ts';
import { errors } from '../../src/protocol/errors.ts';
import type { ReplyError } from '../../src/protocol/reply-error.ts';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import type { RespClient } from '../support/resp-client.ts';
import type { ServerProcess } from '../support/server-process.ts';

const s = (text: string): Slice => Slice.from(text);

describe('errors', () => {
  it('has frozen values with a code', () => {
    const values = Object.values(errors).filter((error) => typeof error !== 'function');
    expect(values.length).toBeGreaterThan(80);
    for (const error of values) {
      expect(Object.isFrozen(error)).toBe(true);
      expect(error.code).toMatch(/^[A-Z]+$/);
    }
    expect(new Set(values.map((error) => error.line)).size).toBe(values.length);
  });

  it('leaves the code ERR out of what made EXEC fail', () => {
    expect(errors.execAborted(errors.wrongArity('exec')).line).toBe(
      "EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command",
    );
    expect(errors.execAborted(errors.noAuth).line).toBe(
      'EXECABORT Transaction discarded because of: NOAUTH Authentication required.',
    );
  });
});

describe.skipIf(!hasReferenceRedis)('errors beside Redis (needs redis-server 7.0)', () => {
  let server: ServerProcess;
  let client: RespClient;

  beforeAll(async () => {
    server = await startRedis();
    client = await server.connect();
    await client.send([
      ['SET', 'string', 'abc'],
      ['SET', 'max', '9223372036854775807'],
      ['RPUSH', 'list', 'a'],
      ['ACL', 'SETUSER', 'nobody', 'on', '>pw', '~allowed*', '+get', '+auth', '+multi'],
    ]);
  });

  afterAll(async () => {
    await server?.stop();
  });

  const samples: readonly (readonly [string, ReplyError])[] = [
    ['SET string', errors.wrongArity('set')],
    ['CONFIG GET', errors.wrongArity('config|get')],
    ['CoNfig foo', errors.unknownSubcommand(s('CoNfig'), s('foo'))],
    ['client kill', errors.wrongArity('client|kill')],
    ['SET string x foo', errors.syntax],
    ['LPUSH string a', errors.wrongType],
    ['LSET none 0 a', errors.noKey],
    ['LSET list 5 a', errors.outOfRange],
    ['INCR string', errors.notInteger],
    ['INCR max', errors.overflow],
    ['DECRBY string -9223372036854775808', errors.decrementOverflow],
    ['INCRBYFLOAT string 1', errors.notFloat],
    ['SETRANGE string -1 a', errors.offsetOutOfRange],
    ['SELECT 99', errors.databaseOutOfRange],
    ['SWAPDB a 1', errors.invalidFirstDatabase],
    ['SWAPDB 1 a', errors.invalidSecondDatabase],
    ['MOVE string 0', errors.sameObject],
    ['SCAN x', errors.invalidCursor],
    ['BLPOP list x', errors.timeoutNotFloat],
    ['BLPOP list -1', errors.timeoutNegative],
    ['ZRANGEBYSCORE z a b', errors.minMaxNotFloat],
    ['ZRANGEBYLEX z a b', errors.minMaxNotRange],
    ['LMPOP 0 a LEFT', errors.numkeysNotPositive],
    ['LMPOP 1 a LEFT COUNT 0', errors.countNotPositive],
    ['SINTERCARD 1 a LIMIT -1', errors.negativeLimit],
    ['LPOP list -1', errors.notPositive],
    ['OBJECT FREQ string', errors.lfuNotSelected],
    ['RESTORE new -1 x', errors.invalidTtl],
    ['RESTORE new 0 x', errors.badDump],
    ['SETEX string 0 a', errors.invalidExpire('setex')],
    ['GETEX string EX -1', errors.invalidExpire('getex')],
    ['EXPIRE string 1 NX XX', errors.expireConditions],
    ['EXPIRE string 1 GT LT', errors.expireComparisons],
    ['EXPIRE string 1 foo', errors.unsupportedOption(s('foo'))],
    ['EXEC', errors.execWithoutMulti],
    ['DISCARD', errors.discardWithoutMulti],
    ['EVALSHA x 0', errors.noScript],
    ['EVAL x 5', errors.numkeysTooBig],
    ['EVAL x -1', errors.numkeysNegative],
    ['SCRIPT KILL', errors.notBusy],
    ['SCRIPT FLUSH foo', errors.scriptFlushMode],
    ['HELLO 4', errors.noProtocol],
    ['HELLO x', errors.protocolNotInteger],
    ['HELLO 2 foo', errors.helloOption(s('foo'))],
    ['AUTH nobody wrong', errors.wrongPass],
    ['AUTH x', errors.noPasswordSet],
    ['CLIENT SETNAME \x01', errors.clientName],
    ['CLIENT LIST TYPE foo', errors.clientType(s('foo'))],
    ['CLIENT LIST ID x', errors.invalidClientId],
    ['CLIENT KILL 1.2.3.4:5', errors.noSuchClient],
    ['CLIENT KILL ID 0', errors.clientIdNotPositive],
    ['CLIENT KILL USER foo', errors.noSuchUser(s('foo'))],
    ['CLIENT UNBLOCK 1 foo', errors.unblockReason],
    ['CLIENT PAUSE 1 foo', errors.pauseMode],
    ['CLIENT TRACKING on REDIRECT 1 REDIRECT 1', errors.noRedirectClient],
    ['CLIENT TRACKING on PREFIX a', errors.prefixWithoutBroadcast],
    ['CLIENT TRACKING on OPTIN BCAST', errors.trackingOptWithBroadcast],
    ['CLIENT TRACKING on OPTIN OPTOUT', errors.trackingBothOpts],
    ['CLIENT CACHING yes', errors.cachingWithoutTracking],
    ['CONFIG SET foo bar', errors.configUnknown(s('foo'))],
    ['CONFIG SET maxclients x', errors.configFailed('maxclients', "argument couldn't be parsed into an integer")],
    ['CONFIG REWRITE', errors.noConfigFile],
    ['ACL DELUSER default', errors.defaultUserFixed],
    ['ACL SAVE', errors.noAclFile],
    ['ACL GENPASS 0', errors.genpassBits],
    ['ACL CAT foo', errors.unknownCategory(s('foo'))],
    ['ACL DRYRUN foo get', errors.userNotFound(s('foo'))],
    ['ACL DRYRUN default foo', errors.commandNotFound(s('foo'))],
    ['COMMAND GETKEYS foo bar', errors.invalidCommand],
    ['COMMAND GETKEYS echo a', errors.noKeyArguments],
    ['COMMAND GETKEYS get a b', errors.invalidArgumentCount],
    ['SHUTDOWN ABORT', errors.noShutdown],
  ];

  it.each(samples)('%s', async (command, error) => {
    const raw = await client.raw(...command.split(' '));
    expect(raw.toString('latin1')).toBe(`-${error.line}\r\n`);
  });

  it('inside transactions and subscriptions', async () => {
    const other = await server.connect();
    const answers = await other.send([
      ['MULTI'],
      ['MULTI'],
      ['WATCH', 'a'],
      ['SET', 'a'],
      ['EXEC'],
      ['SUBSCRIBE', 'c'],
      ['GET', 'a'],
    ]);
    expect(answers.map((raw) => raw.toString('latin1'))).toEqual([
      '+OK\r\n',
      `-${errors.nestedMulti.line}\r\n`,
      `-${errors.watchInMulti.line}\r\n`,
      `-${errors.wrongArity('set').line}\r\n`,
      `-${errors.execAbort.line}\r\n`,
      '*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n',
      `-${errors.notAllowedInSubscribe('get').line}\r\n`,
    ]);
  });

  it('without permission', async () => {
    const other = await server.connect();
    const answers = await other.send([
      ['AUTH', 'nobody', 'pw'],
      ['GET', 'forbidden'],
      ['SET', 'a', 'b'],
      ['MULTI'],
      ['EXEC'],
    ]);
    expect(answers.slice(1).map((raw) => raw.toString('latin1'))).toEqual([
      `-${errors.noPermKey.line}\r\n`,
      `-${errors.noPermCommand('set').line}\r\n`,
      '+OK\r\n',
      `-${errors.execAborted(errors.noPermCommand('exec')).line}\r\n`,
    ]);
  });
});
