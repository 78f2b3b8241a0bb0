import { describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { besideRedis, infoOf, replies } from '../connection/beside-redis.ts';

type Field = readonly [name: string, value: unknown];

/** The fields of an entry in RESP2. */
function fieldsOf(entry: readonly unknown[]): Field[] {
  return entry.flatMap((name, i) => (i % 2 === 0 ? [[String(name), entry[i + 1]] as const] : []));
}

describe('ACL LOG', () => {
  const both = besideRedis();

  it('tells what was refused, to whom, where and how often', async () => {
    const log = await both.same(async (open) => {
      const admin = await open();
      const ann = await open();
      await replies(admin, 'ACL LOG RESET', 'ACL SETUSER ann on >pw +@all -get -client|kill ~a* +client|setname');
      await replies(ann, 'AUTH ann wrong', 'auth nobody wrong', 'HELLO 2 AUTH ann wrong', 'AUTH ann pw', 'GET a');
      await replies(ann, 'CLIENT SETNAME me', 'GET a', 'get b', 'CLIENT KILL x', 'SET b 1', 'SET b 2', 'MSET a 1 c 2');
      await replies(ann, 'MULTI', 'SET b 1', 'GET a', 'EXEC', 'MULTI', 'SET a 1', 'AUTH ann wrong');
      await replies(admin, 'ACL SETUSER ann -set');
      await replies(ann, 'EXEC', 'SET a 1');
      const entries = (await admin.call('ACL', 'LOG', 20)) as unknown[][];
      const [some, none] = await replies(admin, 'ACL LOG 2', 'ACL LOG 0');
      await replies(admin, 'ACL LOG RESET', 'ACL DELUSER ann', 'FLUSHALL');
      return {
        counts: [some.slice(0, 4), none, ...(await replies(admin, 'ACL LOG'))],
        // The last three fields are newer than Redis 7.0.
        entries: entries.map((entry) => {
          const fields = new Map(fieldsOf(entry.slice(0, 14)));
          const seconds = Number(fields.get('age-seconds'));
          const client = new Map(
            String(fields.get('client-info'))
              .split(' ')
              .map((field) => field.split('=') as [string, string]),
          );
          const shown = ['name', 'db', 'user'].map((name) => client.get(name));
          return [...fields.set('age-seconds', seconds >= 0 && seconds < 60).set('client-info', shown)];
        }),
      };
    });
    expect(log.entries.map((entry) => new Map(entry as Field[]).get('reason'))).toContain('auth');
    expect(log.entries.length).toBeGreaterThan(8);
  });

  it('keeps as many entries as it is told to', async () => {
    await both.same(async (open) => {
      const admin = await open();
      const ann = await open();
      await replies(admin, 'CONFIG SET acllog-max-len 3', 'ACL SETUSER ann on nopass +set');
      await replies(ann, 'AUTH ann x', 'SET a 1', 'SET b 1', 'SET c 1', 'SET d 1', 'SET b 1');
      const count = (await replies(admin, 'ACL LOG'))[0].slice(0, 4);
      await replies(admin, 'CONFIG SET acllog-max-len 0');
      await replies(ann, 'SET e 1');
      const none = await replies(admin, 'ACL LOG', 'CONFIG SET acllog-max-len 128', 'ACL DELUSER ann');
      return [count, ...none];
    });
  });

  it('counts refusals in INFO', async () => {
    const admin = await both.connect();
    const ann = await both.connect();
    await replies(admin, 'CONFIG RESETSTAT', 'ACL SETUSER ann on nopass +set ~a');
    await replies(ann, 'AUTH nobody x', 'AUTH ann x', 'SET b 1', 'SET b 1', 'GET a');
    const stats = String(await admin.call('INFO', 'stats'));
    expect(stats).toContain('acl_access_denied_auth:1\r\n');
    expect(stats).toContain('acl_access_denied_cmd:1\r\n');
    expect(stats).toContain('acl_access_denied_key:2\r\n');
    expect(stats).toContain('acl_access_denied_channel:0\r\n');
    expect(String(await admin.call('INFO', 'errorstats'))).toContain('errorstat_NOPERM:count=3');
    expect((await infoOf(admin)).get('user')).toBe('default');
  });

  it('groups refusals of the same within a minute, among the newest ten entries', () => {
    const s = new CommandSession();
    s.call('ACL', 'SETUSER', 'ann', 'on', 'nopass', '+set', '~a', '+acl|log');
    s.call('AUTH', 'ann', 'x');
    const log = (): Map<string, unknown>[] => {
      return (s.call('ACL', 'LOG', '100') as unknown[][]).map((entry) => new Map(fieldsOf(entry)));
    };
    s.error('SET', 'b', '1');
    s.clock.advance(60_000);
    s.error('SET', 'b', '1');
    expect(log()).toHaveLength(1);
    expect(log()[0].get('count')).toBe(2);
    expect(log()[0].get('entry-id')).toBe(0);
    expect(Number(log()[0].get('timestamp-last-updated')) - Number(log()[0].get('timestamp-created'))).toBe(60_000);
    s.clock.advance(60_001);
    s.error('SET', 'b', '1');
    expect(log().map((entry) => entry.get('count'))).toEqual([1, 2]);
    expect(log().map((entry) => entry.get('age-seconds'))).toEqual(['0', '60.000999999999998']);
    expect(log().map((entry) => entry.get('entry-id'))).toEqual([1, 0]);
    for (let i = 0; i < 10; i++) s.error('SET', `b${i}`, '1');
    s.error('SET', 'b', '1');
    expect(log()).toHaveLength(13);
    expect(log()[0].get('entry-id')).toBe(12);
  });
});
