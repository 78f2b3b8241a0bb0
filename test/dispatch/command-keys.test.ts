import { describe, expect, it } from 'vitest';
import { categoriesOf } from '../../src/dispatch/acl/categories.ts';
import { allKeys, type CommandSpec, type KeySpec, oneKey } from '../../src/dispatch/command.ts';
import { hasKeys, keyRangeOf, keysIn } from '../../src/dispatch/command-keys.ts';
import { Args } from '../../src/protocol/args.ts';

function spec(keys: readonly KeySpec[], more: Partial<CommandSpec> = {}): CommandSpec {
  return { name: 'x', summary: '', since: '1', group: 'generic', syntax: '', arity: -1, flags: [], keys, ...more };
}

function indices(command: CommandSpec, line: string): number[] {
  return keysIn(command, Args.of(...line.split(' '))).map(({ index }) => index);
}

const ONE = { last: 0, step: 1, limit: 0 };
const RO: KeySpec['flags'] = ['RO', 'access'];

describe('keysIn', () => {
  it('finds one key, and steps', () => {
    expect(indices(spec(oneKey('RO')), 'get a')).toEqual([1]);
    expect(indices(spec(allKeys(2, 'OW')), 'mset a 1 b 2')).toEqual([1, 3]);
    expect(indices(spec(allKeys(1, 'RM')), 'del a b c')).toEqual([1, 2, 3]);
    expect(indices(spec(oneKey('RO')), 'get')).toEqual([]);
  });

  it('finds as many keys as an argument says', () => {
    const zunionstore = spec([
      ...oneKey('OW'),
      { flags: RO, search: { index: 2 }, find: { countAt: 0, firstAt: 1, step: 1 } },
    ]);
    expect(indices(zunionstore, 'zunionstore d 2 a b WEIGHTS 1 2')).toEqual([1, 3, 4]);
    expect(indices(zunionstore, 'zunionstore d 3 a b')).toEqual([]);
    expect(indices(zunionstore, 'zunionstore d x a b')).toEqual([]);
    expect(indices(zunionstore, 'zunionstore d -1 a b')).toEqual([]);
    expect(indices(zunionstore, 'zunionstore d')).toEqual([]);
    expect(indices(zunionstore, 'zunionstore d 99999999999999999999 a')).toEqual([]);
  });

  it('finds keys behind a keyword, from either end', () => {
    const xread = spec([{ flags: RO, search: { keyword: 'STREAMS', from: 1 }, find: { last: -1, step: 1, limit: 2 } }]);
    expect(indices(xread, 'xread COUNT 2 streams a b 0 0')).toEqual([4, 5]);
    expect(indices(xread, 'xread COUNT 2')).toEqual([]);
    const migrate = spec([
      { flags: ['RW'], search: { index: 3 }, find: ONE },
      { flags: ['RW'], search: { keyword: 'KEYS', from: -2 }, find: { last: -1, step: 1, limit: 0 } },
    ]);
    expect(indices(migrate, 'migrate host port k 0 1000 KEYS a b')).toEqual([3, 7, 8]);
  });

  it('asks the command where the specifications cannot tell', () => {
    const found = [{ index: 2, flags: ['OW', 'update'] as const }];
    const sort = spec([...oneKey('RO'), { flags: ['OW'], search: 'unknown', find: 'unknown' }]);
    expect(indices(sort, 'sort a b')).toEqual([]);
    expect(indices({ ...sort, findKeys: () => found }, 'sort a b')).toEqual([2]);
    const set = spec(oneKey('RW', 'variable_flags'));
    expect(indices(set, 'set a b')).toEqual([1]);
    expect(indices({ ...set, findKeys: () => found }, 'set a b')).toEqual([2]);
    const incomplete = spec(oneKey('RO', 'incomplete'));
    expect(indices({ ...incomplete, findKeys: () => found }, 'x a b')).toEqual([2]);
  });

  it('leaves out what is no key', () => {
    const channel = spec(oneKey('not_key'));
    expect(hasKeys(channel)).toBe(false);
    expect(indices(channel, 'spublish c m')).toEqual([]);
    expect(hasKeys(spec(oneKey('RO')))).toBe(true);
  });
});

describe('keyRangeOf', () => {
  it('joins ranges that follow one another', () => {
    const rename = spec([...oneKey('RM'), { flags: ['OW'], search: { index: 2 }, find: ONE }]);
    expect(keyRangeOf(rename)).toEqual({ first: 1, last: 2, step: 1, isIncomplete: false });
    expect(keyRangeOf(spec(allKeys(2, 'OW')))).toEqual({ first: 1, last: -1, step: 2, isIncomplete: false });
    expect(keyRangeOf(spec([]))).toEqual({ first: 0, last: 0, step: 0, isIncomplete: false });
  });

  it('says when it does not tell all', () => {
    const counted: KeySpec = { flags: RO, search: { index: 2 }, find: { countAt: 0, firstAt: 1, step: 1 } };
    expect(keyRangeOf(spec([...oneKey('OW'), counted]))).toEqual({ first: 1, last: 1, step: 1, isIncomplete: true });
    expect(keyRangeOf(spec([counted]))).toEqual({ first: 0, last: 0, step: 0, isIncomplete: true });
  });
});

describe('categoriesOf', () => {
  const run = (): void => {};

  it('follows from group and flags', () => {
    expect(categoriesOf(spec([], { run, group: 'sorted-set', flags: ['write', 'denyoom'] }))).toEqual([
      'write',
      'sortedset',
      'slow',
    ]);
    expect(categoriesOf(spec([], { run, group: 'list', flags: ['readonly', 'fast', 'blocking'] }))).toEqual([
      'read',
      'list',
      'fast',
      'blocking',
    ]);
    expect(categoriesOf(spec([], { run, group: 'server', flags: ['admin'] }))).toEqual(['admin', 'slow', 'dangerous']);
  });

  it('leaves the group out for containers, and where another one is named', () => {
    expect(categoriesOf(spec([], { group: 'connection' }))).toEqual(['slow']);
    const sort = spec([], { run, flags: ['readonly'], acl: ['set', 'sortedset', 'list', 'dangerous'] });
    expect(categoriesOf(sort)).toEqual(['read', 'set', 'sortedset', 'list', 'slow', 'dangerous']);
    const keys = spec([], { run, flags: ['readonly'], acl: ['dangerous'] });
    expect(categoriesOf(keys)).toEqual(['keyspace', 'read', 'slow', 'dangerous']);
  });

  it('does not call scripts reads', () => {
    expect(categoriesOf(spec([], { run, group: 'scripting', flags: ['readonly'] }))).toEqual(['slow', 'scripting']);
  });
});
