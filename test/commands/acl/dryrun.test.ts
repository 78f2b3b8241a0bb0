import { describe, expect, it } from 'vitest';
import { Random } from '../../differential/random.ts';
import { randomRules } from '../../dispatch/acl/random-rules.ts';
import { hasReferenceRedis } from '../../support/redis-tools.ts';
import { besideRedis, replies } from '../connection/beside-redis.ts';

const SEED = Number(process.env['ACL_SEED'] ?? 1);

/** Words that are keys, counts, options and channels, so that every command finds some of its own. */
const WORDS = [
  ...['foo1', 'foo', 'bar:1:x', 'abc', 'k1', 'obj:7', 'none', 'read', 'write', 'rw', ''],
  ...['0', '1', '2', '3', '-1', 'x'],
  ...['STORE', 'STOREDIST', 'GET', 'BY', 'LIMIT', 'KEYS', 'set', 'incrby', 'u4', 'NX', 'replace', 'weights', 'left'],
];

describe('ACL DRYRUN', () => {
  const both = besideRedis();

  it('answers what may be done and what not', async () => {
    const answers = await both.same(async (open) =>
      replies(
        await open(),
        'ACL SETUSER u +@all -@dangerous %R~read* %W~write* %RW~rw* -echo +select|0',
        'ACL DRYRUN u GET read',
        'ACL DRYRUN u get write',
        'ACL DRYRUN nobody GET read',
        'ACL DRYRUN u nosuch read',
        'ACL DRYRUN u SET read',
        'ACL DRYRUN u SET',
        'ACL DRYRUN u config',
        'ACL DRYRUN u config nosuch',
        'ACL DRYRUN u config get x',
        'ACL DRYRUN u config|get x',
        'ACL DRYRUN u ECHO x',
        'ACL DRYRUN u auth x',
        'ACL DRYRUN u COPY read write',
        'ACL DRYRUN u COPY write read',
        'ACL DRYRUN u SORT read STORE write',
        'ACL DRYRUN u SORT read STORE read',
        'ACL DRYRUN u SET write x',
        'ACL DRYRUN u SET write x GET',
        'ACL DRYRUN u SET rw x GET',
        'ACL DRYRUN u BITFIELD read get u4 0',
        'ACL DRYRUN u BITFIELD read set u4 0 1',
        'ACL DRYRUN u EXISTS write read nothing',
        'ACL DRYRUN u',
        'ACL SETUSER v (+mget ~a) (+mget ~a ~b) (+select)',
        'ACL DRYRUN v mget a b',
        'ACL DRYRUN v mget b c',
        'ACL DRYRUN v mget a b c',
        'ACL DRYRUN v select 1',
        'ACL DRYRUN v dbsize',
      ),
    );
    expect(answers.slice(1, 4)).toEqual([
      '+OK\r\n',
      "$54\r\nThis user has no permissions to access the 'write' key\r\n",
      "-ERR User 'nobody' not found\r\n",
    ]);
  });

  it.skipIf(!hasReferenceRedis)(`answers as Redis for random users and command lines (ACL_SEED=${SEED})`, async () => {
    const lists: string[][] = [];
    await both.same(async (open) => {
      lists.push((await (await open()).call('COMMAND', 'LIST')) as string[]);
    });
    const [ours, theirs] = lists;
    // Takes an option since Redis 7.2.
    const shared = ours.filter((name) => theirs.includes(name) && !name.endsWith('revrank') && name !== 'zrank').sort();
    expect(shared.length).toBeGreaterThan(200);
    const random = new Random(SEED);
    const lines: (readonly (string | Buffer)[])[] = [];
    for (let i = 0; i < 400; i++) {
      const user = random.pick(['ann', 'bob']);
      const rules = randomRules(random, shared).map((word) => Buffer.from(word, 'latin1'));
      lines.push(['ACL', 'SETUSER', user, ...rules]);
      // Enough rights that keys decide often.
      if (random.chance(0.3)) lines.push(['ACL', 'SETUSER', user, '+@all', random.pick(['%R~foo*', '%W~*', '~k?'])]);
      for (let j = 0; j < 10; j++) {
        const words = Array.from({ length: random.between(1, 6) }, () => random.pick(WORDS));
        lines.push(['ACL', 'DRYRUN', user, ...random.pick(shared).split('|'), ...words]);
      }
    }
    const conversations: Buffer[][] = [];
    await both.same(async (open) => {
      conversations.push(await (await open()).send(lines));
    });
    const counts = new Map<string, number>();
    for (const [i, line] of lines.entries()) {
      const [mine, judge] = conversations.map((answers) => answers[i].toString('latin1'));
      expect(mine, line.map(String).join(' ')).toBe(judge);
      const kind = /(run the|the '.*' (key|channel))|^\+OK/.exec(mine)?.[0].slice(0, 3) ?? 'error';
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    for (const kind of ['run', 'the', '+OK']) expect(counts.get(kind), kind).toBeGreaterThan(200);
  });
});
