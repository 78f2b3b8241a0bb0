/**
 * What users may do and what not, wherever commands are executed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { besideRedis, fieldsOf, replies } from '../connection/beside-redis.ts';

const NO_KEY = '-NOPERM this user has no permissions to access one of the keys used as arguments\r\n';

describe('a user', () => {
  const both = besideRedis();

  it('may do what its rules allow', async () => {
    const answers = await both.same(async (open) =>
      replies(
        await open(),
        'ACL SETUSER ann on >pw ~foo:* %R~read:* +get +set +acl|whoami +select|1 +config|get (+incr ~n) +mset',
        'AUTH ann pw',
        'ACL WHOAMI',
        'ACL LIST',
        'SET foo:1 a',
        'GET foo:1',
        'GET read:1',
        'SET read:1 a',
        'SET bar a',
        'MSET foo:1 a foo:2 b',
        'MSET foo:1 a bar b',
        'INCR n',
        'INCR foo:1',
        'GET n',
        'PING',
        'NOSUCH',
        'GET',
        'CONFIG NOSUCH',
        'COMMAND NOSUCH',
        'CONFIG GET maxmemory-policy',
        'CONFIG SET maxmemory-policy noeviction',
        'SELECT 0',
        'SELECT 1',
        'AUTH ann wrong',
        'AUTH default x',
        'FLUSHALL',
        'ACL DELUSER ann',
      ),
    );
    expect(answers[3]).toBe("-NOPERM this user has no permissions to run the 'acl|list' command\r\n");
    expect(answers[7]).toBe(NO_KEY);
    expect(answers[14]).toBe("-NOPERM this user has no permissions to run the 'ping' command\r\n");
  });

  it('loses and gains rights while it is connected', async () => {
    await both.same(async (open) => {
      const admin = await open();
      const ann = await open();
      const answers = await replies(admin, 'ACL SETUSER ann on nopass +@all ~*');
      answers.push(...(await replies(ann, 'AUTH ann x', 'SET k a')));
      answers.push(...(await replies(admin, 'ACL SETUSER ann -set')));
      answers.push(...(await replies(ann, 'SET k a', 'GET k')));
      answers.push(...(await replies(admin, 'ACL SETUSER ann allcommands allchannels')));
      answers.push(...(await replies(ann, 'SET k a')));
      // A user that is off stays connected.
      answers.push(...(await replies(admin, 'ACL SETUSER ann off resetkeys')));
      answers.push(...(await replies(ann, 'GET k', 'DBSIZE', 'AUTH ann x')));
      answers.push(...(await replies(admin, 'ACL DELUSER ann', 'FLUSHALL')));
      await ann.closed();
      return answers;
    });
  });

  it('is looked at when a command is queued, and again by EXEC', async () => {
    const answers = await both.same(async (open) => {
      const admin = await open();
      const ann = await open();
      const all = await replies(admin, 'ACL SETUSER ann on nopass +@all ~a* resetchannels');
      all.push(...(await replies(ann, 'AUTH ann x', 'MULTI', 'SET a 1', 'SET b 1', 'EXEC')));
      all.push(...(await replies(ann, 'MULTI', 'SET a 1', 'INCR a', 'GET a2')));
      all.push(...(await replies(admin, 'ACL SETUSER ann resetkeys ~a -incr')));
      all.push(...(await replies(ann, 'EXEC', 'MULTI')));
      all.push(...(await replies(admin, 'ACL SETUSER ann -exec')));
      all.push(...(await replies(ann, 'EXEC', 'EXEC', 'DISCARD')));
      all.push(...(await replies(admin, 'ACL DELUSER ann', 'FLUSHALL')));
      return all;
    });
    expect(answers[4]).toBe(NO_KEY);
    expect(answers[5]).toMatch(/^-EXECABORT/);
    expect(answers[11]).toContain('following reason: no permission to execute the command or subcommand\r\n');
    expect(answers[11]).toContain('following reason: no permission to touch the specified keys\r\n');
  });

  it('may sort by other keys if it may read all of them', async () => {
    await both.same(async (open) => {
      const admin = await open();
      const ann = await open();
      const all = await replies(admin, 'RPUSH list 2 1', 'MSET v1 b v2 a', 'ACL SETUSER ann on nopass (+sort ~list)');
      const tries = [
        'SORT list BY v* ALPHA',
        'SORT list GET v*',
        'SORT list GET #',
        'SORT list BY nosort',
        'SORT list',
      ];
      all.push(...(await replies(ann, 'AUTH ann x', ...tries)));
      for (const more of ['(+sort ~list ~v*)', '(+sort ~list %W~*)', '(+get ~*)', '(+sort ~list %R~*)']) {
        all.push(...(await replies(admin, `ACL SETUSER ann ${more}`)), ...(await replies(ann, ...tries)));
      }
      all.push(...(await replies(admin, 'ACL DELUSER ann', 'FLUSHALL')));
      return all;
    });
  });

  it('is asked for by HELLO, shown by CLIENT LIST, and closed by CLIENT KILL', async () => {
    const answers = await both.same(async (open) => {
      const admin = await open();
      const ann = await open();
      const all = await replies(admin, 'ACL SETUSER ann on >pw +client|info', 'ACL SETUSER zoë on nopass +client|info');
      const [, zoe] = await replies(await open(), 'AUTH zoë x', 'CLIENT INFO');
      all.push(fieldsOf(zoe).get('user') as string);
      all.push(...(await replies(ann, 'HELLO 2 AUTH ann wrong', 'HELLO 2 AUTH nobody x')));
      const [greeting, info] = await replies(ann, 'HELLO 2 AUTH ann pw', 'CLIENT INFO');
      all.push(greeting.slice(0, 4), fieldsOf(info).get('user') as string);
      all.push(...(await replies(admin, 'CLIENT KILL USER nobody', 'CLIENT KILL USER ann')));
      await ann.closed();
      all.push(...(await replies(admin, 'ACL DELUSER ann zoë')));
      return all;
    });
    expect(answers).toContain('ann');
    expect(answers).toContain('zoë');
  });

  it('is the default one after RESET', async () => {
    await both.same(async (open) =>
      replies(
        await open(),
        'ACL SETUSER ann on nopass +reset',
        'AUTH ann x',
        'ACL WHOAMI',
        'RESET',
        'ACL WHOAMI',
        'ACL DELUSER ann',
      ),
    );
  });

  it('that takes itself away is answered and disconnected', async () => {
    await both.same(async (open) => {
      const admin = await open();
      const ann = await open();
      await replies(admin, 'ACL SETUSER ann on nopass +acl');
      const answers = await replies(ann, 'AUTH ann x', 'ACL DELUSER ann');
      await ann.closed();
      return answers;
    });
  });

  it('may be the default one with few rights, or off', async () => {
    const answers = await both.same(async (open) => {
      const admin = await open();
      const all = await replies(admin, 'ACL SETUSER root on nopass +@all ~* &*', 'AUTH root x');
      const before = await open();
      all.push(...(await replies(before, 'PING')));
      all.push(...(await replies(admin, 'ACL SETUSER default -@all +ping')));
      all.push(...(await replies(before, 'PING', 'GET k')));
      all.push((await replies(await open(), 'HELLO 2 AUTH root x'))[0].slice(0, 4));
      all.push(...(await replies(await open(), 'GET k', 'AUTH root x', 'GET k')));
      all.push(...(await replies(admin, 'ACL SETUSER default +@all off')));
      all.push(...(await replies(before, 'GET k')));
      all.push(...(await replies(await open(), 'GET k', 'AUTH x', 'AUTH default x', 'AUTH root x', 'GET k')));
      all.push(...(await replies(admin, 'ACL SETUSER default on')));
      all.push(...(await replies(await open(), 'GET k')));
      all.push(...(await replies(admin, 'ACL SETUSER default >new')));
      all.push(...(await replies(await open(), 'GET k', 'AUTH old', 'AUTH new', 'GET k')));
      all.push(...(await replies(admin, 'CONFIG GET requirepass', 'CONFIG SET requirepass x', 'ACL GETUSER default')));
      all.push(...(await replies(await open(), 'AUTH new', 'AUTH x', 'GET k')));
      all.push(...(await replies(admin, 'CONFIG SET requirepass ""', 'ACL SETUSER default nopass', 'ACL LIST')));
      return all;
    });
    expect(answers[5]).toBe("-NOPERM this user has no permissions to run the 'get' command\r\n");
  });
});

describe('a blocked command', () => {
  const both = besideRedis();

  it('is looked at again when it could be served', async () => {
    const admin = await both.connect();
    const ann = await both.connect();
    await replies(admin, 'ACL SETUSER ann on nopass +@all ~*');
    await replies(ann, 'AUTH ann x');
    const answer = replies(ann, 'BLPOP k 0');
    while (both.server.engine.clients.blockedCount === 0) await sleep(5);
    await replies(admin, 'ACL SETUSER ann -blpop', 'RPUSH k v');
    expect(await answer).toEqual(["-NOPERM this user has no permissions to run the 'blpop' command\r\n"]);
    expect(await replies(admin, 'LLEN k', 'ACL LOG RESET')).toEqual([':1\r\n', '+OK\r\n']);
  });
});

describe('a session of the server', () => {
  it('has no user and may do everything, until it logs in', () => {
    const s = new CommandSession();
    s.call('ACL', 'SETUSER', 'ann', 'on', 'nopass', '+acl|whoami');
    s.call('ACL', 'SETUSER', 'default', '-@all');
    expect(s.call('ACL', 'WHOAMI')).toBeNull();
    expect(s.call('SET', 'k', 'v')).toBe('OK');
    s.call('AUTH', 'ann', 'x');
    expect(s.call('ACL', 'WHOAMI')).toBe('ann');
    expect(s.error('SET', 'k', 'v')).toBe("NOPERM this user has no permissions to run the 'set' command");
  });
});
