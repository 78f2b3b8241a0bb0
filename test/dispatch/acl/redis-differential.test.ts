/**
 * Rules and their descriptions beside real Redis, with Redis's own table of commands: which rules describe a user
 * depends on all commands there are.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandIndex } from '../../../src/dispatch/acl/command-index.ts';
import { Users } from '../../../src/dispatch/acl/users.ts';
import type { CommandSpec } from '../../../src/dispatch/command.ts';
import { CommandRegistry } from '../../../src/dispatch/registry.ts';
import { Random } from '../../differential/random.ts';
import { startRedis } from '../../support/redis-server.ts';
import { hasReferenceRedis } from '../../support/redis-tools.ts';
import type { RespClient } from '../../support/resp-client.ts';
import type { ServerProcess } from '../../support/server-process.ts';
import { inOrder } from './descriptions.ts';
import { randomRules } from './random-rules.ts';

type Plain = readonly unknown[];

/** A command of COMMAND, as far as rules look at it. */
function specOf(entry: Plain): CommandSpec {
  const [name, , , , , , categories, , , subcommands] = entry;
  const children = (subcommands as Plain[]).map(specOf);
  return {
    name: String(name).split('|').at(-1) as string,
    summary: '',
    since: '1.0.0',
    group: 'server',
    syntax: '',
    arity: -1,
    flags: [],
    acl: (categories as string[]).map((category) => category.slice(1)),
    ...(children.length === 0 ? {} : { subcommands: children }),
    run: () => {},
  };
}

function namesOf(specs: readonly CommandSpec[]): string[] {
  return specs.flatMap(({ name, subcommands = [] }) => [name, ...subcommands.map((child) => `${name}|${child.name}`)]);
}

describe.skipIf(!hasReferenceRedis)('rules, beside Redis', () => {
  let redis: ServerProcess;
  let client: RespClient;
  let commands: readonly CommandSpec[];

  beforeAll(async () => {
    redis = await startRedis();
    client = await redis.connect();
    commands = ((await client.call('COMMAND')) as Plain[]).map(specOf);
  });
  afterAll(() => redis.stop());

  function usersOf(allChannels: boolean): Users {
    return new Users({
      commands: new CommandIndex(new CommandRegistry([commands])),
      allChannels,
      deprecated: () => {},
    });
  }

  const SEED = Number(process.env['ACL_SEED'] ?? 1);

  for (const [title, setting] of [
    ['without channels by default', 'resetchannels'],
    ['with all channels by default', 'allchannels'],
  ] as const) {
    it(`have the same effect, the same errors and the same description ${title} (ACL_SEED=${SEED})`, async () => {
      await client.call('CONFIG', 'SET', 'acl-pubsub-default', setting);
      await client.call('ACL', 'DELUSER', 'ann', 'bob', 'cid');
      const random = new Random(SEED);
      const names = namesOf(commands);
      const users = usersOf(setting === 'allchannels');
      const steps = Array.from({ length: 1500 }, () => ({
        name: random.pick(['ann', 'bob', 'cid']),
        rules: randomRules(random, names),
      }));
      const bytes = (word: string): Buffer => Buffer.from(word, 'latin1');
      const replies = await client.send(
        steps.flatMap(({ name, rules }) => [
          ['ACL', 'SETUSER', name, ...rules.map(bytes)],
          ['ACL', 'LIST'],
        ]),
      );
      for (const [i, { name, rules }] of steps.entries()) {
        const problem = users.set(name, rules);
        const outcome = typeof problem === 'string' ? `-ERR ${problem.replaceAll(/[\r\n]/g, ' ')}\r\n` : '+OK\r\n';
        const what = `step ${i}: ${name} ${rules.join(' ')}`;
        expect(outcome, what).toBe(replies[2 * i].toString('latin1'));
        const lines = replies[2 * i + 1]
          .toString('latin1')
          .split('\r\n')
          .filter((line) => line.startsWith('user '));
        expect(users.describe('shown').map(inOrder), what).toEqual(lines.map(inOrder));
      }
    });
  }

  it('have categories with the same members', async () => {
    const index = new CommandIndex(new CommandRegistry([commands]));
    expect(index.categories.map(({ name }) => name)).toEqual(await client.call('ACL', 'CAT'));
    for (const { name, members } of index.categories) {
      const theirs = (await client.call('ACL', 'CAT', name)) as string[];
      expect(members.map(({ fullName }) => fullName).sort(), name).toEqual(theirs.sort());
    }
  });
});
