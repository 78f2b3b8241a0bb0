import { describe, expect, it } from 'vitest';
import { inOrder } from '../../dispatch/acl/descriptions.ts';
import { CommandSession } from '../../support/command-session.ts';
import { besideRedis, replies } from '../connection/beside-redis.ts';

const HASH = '#34344e4d60c2b6d639b7bd22e18f2b0b91bc34bf0ac5f9952744435093cfb4e6';

describe('users', () => {
  const both = besideRedis();

  it('are made, changed, shown and taken away', async () => {
    const answers = await both.same(async (open) =>
      replies(
        await open(),
        'ACL WHOAMI',
        'ACL USERS',
        'ACL LIST',
        'ACL GETUSER default',
        'ACL GETUSER nobody',
        'ACL SETUSER ann',
        'ACL GETUSER ann',
        `ACL SETUSER ann on >one >two >one ${HASH} ~foo:* %R~bar %W~bar %W~baz resetchannels &news +get`,
        'ACL SETUSER zoë on nopass ~* &* +@all (~a* +get) ( %R~b* &c +set ) ()',
        'ACL GETUSER ann',
        'ACL GETUSER zoë',
        'ACL LIST',
        'ACL SETUSER ann <two nopass',
        'ACL SETUSER ann <nosuch',
        'ACL SETUSER ann clearselectors reset',
        'ACL GETUSER ann',
        'ACL USERS',
        'ACL DELUSER ann nobody zoë ann',
        'ACL DELUSER default',
        'ACL DELUSER ann default',
        'ACL USERS',
      ),
    );
    expect(answers[0]).toBe('$7\r\ndefault\r\n');
    expect(answers[2]).toBe('*1\r\n$34\r\nuser default on nopass ~* &* +@all\r\n');
    expect(answers.at(-1)).toBe('*1\r\n$7\r\ndefault\r\n');
  });

  it('are shown as maps in RESP3', async () => {
    await both.same(async (open) => {
      const client = await open();
      await client.call('HELLO', 3);
      return replies(
        client,
        'ACL SETUSER ann on nopass ~a (+get)',
        'ACL GETUSER ann',
        'ACL GETUSER nobody',
        'ACL LOG',
        'ACL DELUSER ann',
      );
    });
  });

  it('are refused with what is wrong', async () => {
    await both.same(async (open) => {
      const client = await open();
      const words = [
        ...[
          'nosuch',
          '+nosuch',
          '-nosuch',
          '+@nosuch',
          '-config|nosuch',
          '+config|nosuch',
          '+get|a|b',
          '+config|get|x',
        ],
        ...['%~', '%', '%x~a', '%RR~a', '#12', '!12', '<nosuch', '(nosuch)', '(+get', '(', ')', '+get|', 'a b', '~a b'],
        ...['(&* &x)', 'x\0y', '~a\0b', '+get\0', 'line\r\nbreak', '+é', '>é', '(~a"b +get)'],
      ];
      const lines = words.map((word) => ['ACL', 'SETUSER', 'ann', 'on', Buffer.from(word, 'latin1'), '+set']);
      const raw = await client.send([
        ...lines,
        ['ACL', 'SETUSER', 'ann', '~*', '~x'],
        ['ACL', 'SETUSER', 'ann', 'allchannels', '&x'],
        ['ACL', 'SETUSER', 'a b', 'on'],
        ['ACL', 'SETUSER', 'a\0b', 'on'],
        ['ACL', 'SETUSER', '', 'on'],
        ['ACL', 'SETUSER', 'ann', '(~a', '+get', '(~b'],
        [
          'ACL',
          'SETUSER',
          'ann',
          'ON',
          'RESETKEYS',
          '~A*',
          '+GET',
          '+CONFIG|GET',
          '+Select|0',
          '+select|0',
          '+sElEcT|X',
        ],
        ['ACL', 'GETUSER', 'ann'],
        ['ACL', 'USERS'],
        ['ACL', 'DELUSER', 'ann', ''],
      ]);
      return raw.map((reply) => inOrder(reply.toString('latin1')));
    });
  });

  it('have rules without those that others make needless', async () => {
    const answers = await both.same(async (open) =>
      replies(
        await open(),
        'ACL SETUSER bob +memory|doctor',
        'ACL GETUSER bob',
        'ACL SETUSER bob +memory',
        'ACL GETUSER bob',
        'ACL SETUSER bob -memory +select|0 +select|1',
        'ACL GETUSER bob',
        'ACL SETUSER bob +select',
        'ACL GETUSER bob',
        'ACL SETUSER bob +@all -client|kill',
        'ACL GETUSER bob',
        'ACL SETUSER bob +@all -config +config|get',
        'ACL GETUSER bob',
        'ACL SETUSER bob -@all +acl +config -config|set',
        'ACL SETUSER bob -@all +acl +incr +debug|object',
        'ACL DELUSER bob',
      ),
    );
    expect(answers[1]).toContain('-@all +memory|doctor\r\n');
    expect(answers[11]).toContain('+@all -config +config|get\r\n');
  });

  it('may use all channels by default if that is configured', async () => {
    await both.same(async (open) =>
      replies(
        await open(),
        'ACL SETUSER old',
        'CONFIG SET acl-pubsub-default allchannels',
        'ACL SETUSER new (+get)',
        'ACL GETUSER new',
        'ACL GETUSER old',
        'ACL SETUSER new &x',
        'ACL SETUSER old reset',
        'ACL GETUSER old',
        'CONFIG SET acl-pubsub-default resetchannels',
        'ACL GETUSER new',
        'ACL DELUSER new old',
      ),
    );
  });

  it('are asked for with the right words', async () => {
    await both.same(async (open) =>
      replies(
        await open(),
        'ACL',
        'ACL NOSUCH',
        'ACL CAT',
        'ACL CAT nosuch',
        'ACL CAT a b',
        'ACL CAT geo',
        'ACL LOG a',
        'ACL LOG 1 2',
        'ACL LOG -5',
        'ACL LOG RESET',
        'ACL GENPASS a',
        'ACL GENPASS 0',
        'ACL GENPASS -236',
        'ACL GENPASS 4097',
        'ACL GENPASS 1 2',
        'ACL GETUSER',
        'ACL DELUSER',
        'ACL SETUSER',
        'ACL DRYRUN x',
        'ACL HELP x',
        'ACL LOAD',
        'ACL SAVE',
        'ACL LIST x',
        'MODULE LIST',
        'MODULE NOSUCH',
        'MODULE LOAD /nosuch.so',
        'MODULE UNLOAD x',
        'MODULE LOAD',
      ).then((answers) => answers.map((answer) => (answer.includes('geoadd') ? answer.split('\r\n').sort() : answer))),
    );
  });
});

describe('ACL GENPASS', () => {
  it('makes passwords of as many bits as are asked for', () => {
    const s = new CommandSession();
    expect(s.call('ACL', 'GENPASS')).toMatch(/^[0-9a-f]{64}$/);
    expect(s.call('ACL', 'GENPASS', 5)).toMatch(/^[0-9a-f]{2}$/);
    expect(s.call('ACL', 'GENPASS', 4096)).toMatch(/^[0-9a-f]{1024}$/);
    expect(s.call('ACL', 'GENPASS')).not.toBe(s.call('ACL', 'GENPASS'));
  });
});

describe('secrets', () => {
  it('are not in the slow log', () => {
    const s = new CommandSession({ config: { 'slowlog-log-slower-than': '0' } });
    s.call('ACL', 'SETUSER', 'ann', 'on', '>secret');
    s.error('AUTH', 'ann', 'wrong-secret');
    s.error('AUTH', 'other-secret');
    s.error('HELLO', 3, 'AUTH', 'ann', 'wrong-secret');
    s.call('CONFIG', 'SET', 'requirepass', 'secret', 'maxmemory', '1gb');
    expect(JSON.stringify(s.engine.slowLog.newest(100).map(({ args }) => args.map(String)))).not.toContain('secret');
    expect(s.engine.slowLog.newest(100).map(({ args }) => args.map((arg) => Buffer.from(arg).toString()))).toEqual([
      ['CONFIG', 'SET', 'requirepass', '(redacted)', 'maxmemory', '1gb'],
      ['HELLO', '3', 'AUTH', '(redacted)', '(redacted)'],
      ['AUTH', '(redacted)'],
      ['AUTH', '(redacted)', '(redacted)'],
      ['ACL', 'SETUSER', '(redacted)', '(redacted)', '(redacted)'],
    ]);
  });

  const both = besideRedis();

  it('are not shown to monitors', async () => {
    const shown = await both.same(async (open) => {
      const monitor = await open();
      const client = await open();
      await monitor.call('MONITOR');
      const lines = monitor.sendBytes(Buffer.alloc(0), 4);
      await replies(
        client,
        'AUTH ann secret',
        'ACL SETUSER ann >secret',
        'AUTH secret',
        'HELLO 2 AUTH ann secret',
        'PING',
      );
      return (await lines).map((line) => String(line).replace(/^.*\] /, ''));
    });
    expect(shown).toEqual([
      '"AUTH" "(redacted)" "(redacted)"\r\n',
      '"AUTH" "(redacted)"\r\n',
      '"HELLO" "2" "AUTH" "(redacted)" "(redacted)"\r\n',
      '"PING"\r\n',
    ]);
  });
});
