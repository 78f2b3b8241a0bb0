import { describe, expect, it } from 'vitest';
import { besideRedis, infoOf, replies } from './beside-redis.ts';

const both = besideRedis();

describe('CLIENT TRACKING', () => {
  it.each<[why: string, commands: readonly string[]]>([
    ['tells of its modes', ['CLIENT TRACKING ON OPTIN NOLOOP', 'CLIENT TRACKINGINFO', 'CLIENT GETREDIR']],
    [
      'is off at first and afterwards',
      ['CLIENT TRACKINGINFO', 'CLIENT TRACKING ON', 'CLIENT TRACKING OFF', 'CLIENT TRACKINGINFO'],
    ],
    [
      'gathers prefixes',
      ['CLIENT TRACKING ON BCAST PREFIX b PREFIX a', 'CLIENT TRACKING ON BCAST PREFIX c', 'CLIENT TRACKINGINFO'],
    ],
    [
      'broadcasts all without a prefix',
      ['CLIENT TRACKING ON BCAST', 'CLIENT TRACKINGINFO', 'CLIENT TRACKING OFF', 'CLIENT TRACKINGINFO'],
    ],
    ['needs BCAST for prefixes', ['CLIENT TRACKING ON PREFIX a']],
    ['refuses prefixes that overlap', ['CLIENT TRACKING ON BCAST PREFIX ab PREFIX a', 'CLIENT TRACKINGINFO']],
    [
      'refuses prefixes that overlap with those there are',
      ['CLIENT TRACKING ON BCAST PREFIX ab', 'CLIENT TRACKING ON BCAST PREFIX a', 'CLIENT TRACKING ON BCAST PREFIX ab'],
    ],
    [
      'keeps BCAST as it is',
      [
        'CLIENT TRACKING ON BCAST',
        'CLIENT TRACKING ON',
        'CLIENT TRACKING OFF',
        'CLIENT TRACKING ON',
        'CLIENT TRACKING ON BCAST',
      ],
    ],
    [
      'keeps OPTIN and OPTOUT apart',
      [
        'CLIENT TRACKING ON OPTIN OPTOUT',
        'CLIENT TRACKING ON OPTIN',
        'CLIENT TRACKING ON OPTOUT',
        'CLIENT TRACKING ON',
        'CLIENT TRACKING ON OPTOUT',
      ],
    ],
    ['takes neither with BCAST', ['CLIENT TRACKING ON BCAST OPTIN', 'CLIENT TRACKING ON BCAST OPTOUT']],
    [
      'redirects to one other client that exists',
      [
        'CLIENT TRACKING ON REDIRECT 99999',
        'CLIENT TRACKING ON REDIRECT 0',
        'CLIENT TRACKING ON REDIRECT x',
        'CLIENT TRACKING OFF REDIRECT 99999',
      ],
    ],
    [
      'refuses what it does not know',
      [
        'CLIENT TRACKING',
        'CLIENT TRACKING MAYBE',
        'CLIENT TRACKING ON NOPE',
        'CLIENT TRACKING ON REDIRECT',
        'CLIENT TRACKING ON BCAST PREFIX',
        'CLIENT TRACKINGINFO x',
      ],
    ],
    ['is ended by RESET', ['CLIENT TRACKING ON BCAST', 'RESET', 'CLIENT TRACKINGINFO', 'CLIENT GETREDIR']],
    [
      'takes CACHING only where it makes sense',
      [
        'CLIENT CACHING YES',
        'CLIENT TRACKING ON',
        'CLIENT CACHING YES',
        'CLIENT CACHING NO',
        'CLIENT CACHING MAYBE',
        'CLIENT CACHING',
        'CLIENT TRACKING OFF',
        'CLIENT TRACKING ON OPTIN',
        'CLIENT CACHING NO',
        'CLIENT CACHING YES',
        'CLIENT TRACKINGINFO',
        'PING',
        'CLIENT TRACKINGINFO',
        'CLIENT TRACKING OFF',
        'CLIENT TRACKING ON OPTOUT',
        'CLIENT CACHING no',
        'CLIENT NOPE',
        'CLIENT TRACKINGINFO',
      ],
    ],
  ])('%s', async (_why, commands) => {
    await both.same(async (open) => replies(await open(), ...commands));
    await both.same(async (open) => replies(await open(), 'HELLO 3', ...commands).then((all) => all.slice(1)));
  });

  it('redirects to one client only', async () => {
    await both.same(async (open) => {
      const [client, other] = [await open(), await open()];
      const id = await other.call('CLIENT', 'ID');
      const answers = await replies(
        client,
        `CLIENT TRACKING ON REDIRECT ${id} REDIRECT ${id}`,
        `CLIENT TRACKING ON REDIRECT ${id}`,
      );
      return [...answers, (await client.call('CLIENT', 'GETREDIR')) === id];
    });
  });

  it('shows in the flags, with a redirection that is broken', async () => {
    const flags = await both.same(async (open) => {
      const [client, other, writer] = [await open(), await open(), await open()];
      const id = await other.call('CLIENT', 'ID');
      await client.call('HELLO', '3');
      await client.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', String(id), 'BCAST');
      const before = (await infoOf(client)).get('flags');
      await writer.call('CLIENT', 'KILL', 'ID', String(id));
      await writer.call('SET', 'k', 'v');
      await writer.call('PING');
      await client.call('PING');
      const broken = client.pushes.map((push) => String(push).replace(`:${id}`, ':id'));
      return [before, (await infoOf(client)).get('flags'), broken];
    });
    expect(flags[2]).toEqual(['>2\r\n$21\r\ntracking-redir-broken\r\n:id\r\n']);
  });
});
