import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';

const LFU_NEEDED =
  'ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';
const LFU_IN_THE_WAY =
  'ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

describe('OBJECT', () => {
  it.each([
    ['12', 'int'],
    ['-9223372036854775808', 'int'],
    ['9223372036854775808', 'embstr'],
    ['012', 'embstr'],
    ['', 'embstr'],
    ['x'.repeat(44), 'embstr'],
    ['x'.repeat(45), 'raw'],
    ['x'.repeat(40_000), 'raw'],
  ])('ENCODING of %j is %s', (value, encoding) => {
    s.call('SET', 'k', value);
    expect(s.call('OBJECT', 'ENCODING', 'k')).toBe(encoding);
  });

  it('ENCODING of a string changed in place is raw', () => {
    s.call('SET', 'k', '12');
    s.call('APPEND', 'k', '3');
    expect(s.call('OBJECT', 'ENCODING', 'k')).toBe('raw');
  });

  it.each([
    ['0', 2147483647],
    ['9999', 2147483647],
    ['10000', 1],
    ['-1', 1],
    ['text', 1],
  ])('REFCOUNT of %j is %i', (value, references) => {
    s.call('SET', 'k', value);
    expect(s.call('OBJECT', 'REFCOUNT', 'k')).toBe(references);
  });

  it.each([
    ['allkeys-lru', '100mb', 1],
    ['volatile-lfu', '100mb', 1],
    ['allkeys-lru', '0', 2147483647],
    ['allkeys-random', '100mb', 2147483647],
  ])('REFCOUNT of a small integer under %s and %s', (policy, maxmemory, references) => {
    s = new CommandSession({ config: { 'maxmemory-policy': policy, maxmemory } });
    s.call('SET', 'k', '5');
    expect(s.call('OBJECT', 'REFCOUNT', 'k')).toBe(references);
  });

  it('IDLETIME and FREQ exclude each other', () => {
    s.call('SET', 'k', '5');
    s.clock.advance(12_000);
    s.engine.keyspace.access.tick();
    expect(s.call('OBJECT', 'IDLETIME', 'k')).toBe(12);
    expect(s.error('OBJECT', 'FREQ', 'k')).toBe(LFU_NEEDED);
    s = new CommandSession({ config: { 'maxmemory-policy': 'allkeys-lfu' } });
    s.call('SET', 'k', '5');
    expect(s.call('OBJECT', 'FREQ', 'k')).toBe(5);
    s.clock.advance(3 * 60_000);
    expect(s.call('OBJECT', 'FREQ', 'k')).toBe(2);
    expect(s.error('OBJECT', 'IDLETIME', 'k')).toBe(LFU_IN_THE_WAY);
  });

  it.each(['ENCODING', 'REFCOUNT', 'IDLETIME', 'FREQ'])('%s of no key is null, whatever the policy', (subcommand) => {
    expect(s.call('OBJECT', subcommand, 'none')).toBeNull();
    expect(s.effectOf('OBJECT', subcommand, 'none').events).toEqual([]);
    expect(s.engine.keyspace.stats.misses).toBe(2);
  });

  it('HELP and errors', () => {
    const lines = s.call('object', 'help') as string[];
    expect(lines[0]).toBe('OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:');
    expect(lines.slice(-2)).toEqual(['HELP', '    Prints this help.']);
    expect(s.error('OBJECT')).toBe("ERR wrong number of arguments for 'object' command");
    expect(s.error('OBJECT', 'ENCODING')).toBe("ERR wrong number of arguments for 'object|encoding' command");
    expect(s.error('OBJECT', 'foo', 'k')).toBe("ERR unknown subcommand 'foo'. Try OBJECT HELP.");
  });
});
