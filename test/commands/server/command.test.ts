import { describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { hasReferenceRedis } from '../../support/redis-tools.ts';
import type { RespClient } from '../../support/resp-client.ts';
import { besideRedis, replies } from '../connection/beside-redis.ts';

type Plain = readonly unknown[];

function mapOf(pairs: Plain): Map<string, unknown> {
  const map = new Map<string, unknown>();
  for (let i = 0; i < pairs.length; i += 2) map.set(String(pairs[i]), pairs[i + 1]);
  return map;
}

/** COMMAND's entries by name, subcommands included, with sets in order. */
async function infoByName(client: RespClient): Promise<Map<string, object>> {
  const entries = new Map<string, object>();
  const add = (entry: Plain): void => {
    const [name, arity, flags, first, last, step, categories, tips, keys, subcommands] = entry;
    const specs = (keys as Plain[]).map((spec) => {
      const fields = mapOf(spec);
      fields.delete('notes');
      fields.set('flags', [...(fields.get('flags') as string[])].sort());
      return [...fields];
    });
    entries.set(String(name), {
      arity,
      flags: [...(flags as string[])].sort(),
      range: [first, last, step],
      categories,
      tips,
      specs,
    });
    for (const subcommand of subcommands as Plain[]) add(subcommand);
  };
  for (const entry of (await client.call('COMMAND')) as Plain[]) add(entry);
  return entries;
}

interface Docs {
  /** Those of the history. */
  readonly versions: readonly string[];
  readonly arguments: readonly object[];
}

/** True for versions after Redis 7.0. */
function isNewer(version: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  return major > 7 || (major === 7 && minor > 0);
}

/** COMMAND DOCS by name, subcommands included, without texts. */
async function docsByName(client: RespClient): Promise<Map<string, Docs>> {
  const docs = new Map<string, Docs>();
  const add = (list: Plain): void => {
    for (const [name, value] of mapOf(list)) {
      const fields = mapOf(value as Plain);
      const { subcommands, arguments: args, history, ...rest } = Object.fromEntries(fields);
      for (const text of ['summary', 'complexity', 'replaced_by']) delete rest[text];
      docs.set(name, {
        ...rest,
        versions: ((history ?? []) as Plain[]).map(([version]) => String(version)),
        arguments: argumentTree((args ?? []) as Plain[]),
      });
      if (subcommands !== undefined) add(subcommands as Plain);
    }
  };
  add((await client.call('COMMAND', 'DOCS')) as Plain);
  return docs;
}

/** The tree without the versions that brought the arguments, which the syntax does not tell. */
function argumentTree(args: readonly Plain[]): object[] {
  return args.map((arg) => {
    const { since, deprecated_since, summary, arguments: members, ...rest } = Object.fromEntries(mapOf(arg));
    return { ...rest, arguments: argumentTree((members ?? []) as Plain[]) };
  });
}

describe('COMMAND', () => {
  it('counts and lists the commands', () => {
    const s = new CommandSession();
    const count = s.call('COMMAND', 'COUNT') as number;
    expect(count).toBe(s.engine.registry.size);
    expect(s.call('COMMAND')).toHaveLength(count);
    expect(s.call('COMMAND', 'INFO')).toHaveLength(count);
    expect(s.call('COMMAND', 'INFO', 'GET', 'nosuch', 'config|get', 'CONFIG|nosuch')).toEqual([
      expect.arrayContaining(['get', 2]),
      null,
      expect.arrayContaining(['config|get', -3]),
      null,
    ]);
    const names = s.call('COMMAND', 'LIST') as string[];
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('config|get');
    expect(names.length).toBeGreaterThan(count);
  });

  it('filters', () => {
    const s = new CommandSession();
    expect(s.call('COMMAND', 'LIST', 'FILTERBY', 'PATTERN', 'CONFIG|RE*')).toEqual([
      'config|rewrite',
      'config|resetstat',
    ]);
    expect(s.call('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'DANGEROUS')).toContain('info');
    expect(s.call('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'dangerous')).not.toContain('get');
    expect(s.call('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'nosuch')).toEqual([]);
    expect(s.call('COMMAND', 'LIST', 'FILTERBY', 'MODULE', 'any')).toEqual([]);
  });

  it('describes commands that it is asked for, and no others', () => {
    const s = new CommandSession({ version: 3 });
    const docs = s.call('COMMAND', 'DOCS', 'get', 'nosuch', 'memory|usage') as Record<string, object>;
    expect(Object.keys(docs)).toEqual(['get', 'memory|usage']);
    expect(docs['get']).toMatchObject({ group: 'string', since: '1.0.0', arguments: [{ name: 'key', type: 'key' }] });
  });
});

describe.skipIf(!hasReferenceRedis)('COMMAND, beside Redis', () => {
  const both = besideRedis();

  /**
   * Trees that the notation of the syntax cannot say (see the test of its parser), and ZINCRBY's increment, which Redis
   * documents as an integer.
   */
  const OTHER_TREES = new Set([
    'zincrby',
    'client|kill',
    'client|list',
    'client|tracking',
    'config|get',
    'module|loadex',
    'psubscribe',
    'xtrim',
  ]);

  /** What both say of the commands that both have, by command. */
  async function compare<T extends object>(
    read: (client: RespClient) => Promise<Map<string, T>>,
  ): Promise<{ name: string; ours: T; theirs: T }[]> {
    const found: Map<string, T>[] = [];
    await both.same(async (open) => {
      found.push(await read(await open()));
    });
    const [ours, theirs] = found;
    const shared = [...ours.keys()].filter((name) => theirs.has(name));
    expect(shared.length).toBeGreaterThan(80);
    return shared.map((name) => ({ name, ours: ours.get(name) as T, theirs: theirs.get(name) as T }));
  }

  /** Take an option since Redis 7.2. */
  const OTHER_ARITY = new Set(['zrank', 'zrevrank']);

  it('tells clients of all commands what Redis tells', async () => {
    for (const { name, ours, theirs } of await compare(infoByName)) {
      const arity = OTHER_ARITY.has(name) ? { arity: 0 } : {};
      expect({ name, ...ours, ...arity }).toEqual({ name, ...theirs, ...arity });
    }
  });

  it('documents all commands as Redis does', async () => {
    for (const { name, ours, theirs } of await compare(docsByName)) {
      const versions = ours.versions.filter((version) => !isNewer(version));
      const hasOwnTree = OTHER_TREES.has(name) || versions.length < ours.versions.length;
      const trees = hasOwnTree ? { arguments: [] } : {};
      expect({ name, ...ours, versions, ...trees }).toEqual({ name, ...theirs, ...trees });
    }
  });

  it('finds keys as Redis does', async () => {
    await both.same(async (open) =>
      replies(
        await open(),
        'COMMAND GETKEYS',
        'COMMAND GETKEYS nosuch x',
        'COMMAND GETKEYS GET',
        'COMMAND GETKEYS GET a',
        'COMMAND GETKEYS GET a b',
        'COMMAND GETKEYS MSET a 1 b 2',
        'COMMAND GETKEYS MSET a 1 b',
        'COMMAND GETKEYS PING',
        'COMMAND GETKEYS CONFIG nosuch',
        'COMMAND GETKEYS CONFIG GET a',
        'COMMAND GETKEYS MEMORY USAGE a',
        'COMMAND GETKEYS LCS a',
        'COMMAND GETKEYSANDFLAGS MSET a 1 b 2',
        'COMMAND GETKEYSANDFLAGS DEL a b',
        'COMMAND GETKEYSANDFLAGS SET a b',
        'COMMAND GETKEYSANDFLAGS SET a b EX 10 get',
        'COMMAND GETKEYSANDFLAGS RENAME a b',
        'COMMAND NOSUCH',
        'COMMAND INFO nosuch',
        'COMMAND LIST x',
        'COMMAND LIST FILTERBY nosuch x',
        'COMMAND LIST FILTERBY MODULE',
        'COMMAND COUNT x',
      ),
    );
  });
});
