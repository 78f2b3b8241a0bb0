import { describe, expect, it } from 'vitest';
import { CommandIndex } from '../../../src/dispatch/acl/command-index.ts';
import { Permissions } from '../../../src/dispatch/acl/permission.ts';
import { Users } from '../../../src/dispatch/acl/users.ts';
import { type CommandSpec, oneKey } from '../../../src/dispatch/command.ts';
import { CommandRegistry } from '../../../src/dispatch/registry.ts';
import { Args } from '../../../src/protocol/args.ts';

function spec(name: string, more: Partial<CommandSpec> = {}): CommandSpec {
  return { name, summary: '', since: '1.0.0', group: 'server', syntax: '', arity: -1, flags: [], run() {}, ...more };
}

const registry = new CommandRegistry([
  [
    spec('publish', { channels: { use: 'publish', count: 1 } }),
    spec('subscribe', { channels: { use: 'subscribe', count: -1 } }),
    spec('psubscribe', { channels: { use: 'subscribe', patterns: true, count: -1 } }),
    spec('unsubscribe', { channels: { use: 'unsubscribe', count: -1 } }),
    spec('both', { channels: { use: 'subscribe', count: 1 }, keys: oneKey('RO', 'access') }),
    spec('login', { flags: ['no_auth'] }),
    spec('any', {}),
  ],
]);

/** What a user with these rules is refused of a command line: the reason and the index, or nothing. */
function refused(rules: string, line: string): string {
  const users = new Users({ commands: new CommandIndex(registry), allChannels: false, deprecated: () => {} });
  const change = users.set('ann', rules.split(' '));
  if (typeof change === 'string') throw new Error(change);
  const args = Args.of(...line.split(' '));
  const command = registry.find(args);
  if (command === null) throw new Error('there is no such command');
  const denial = new Permissions().check(change.user.rights, command, args);
  return denial === null ? '' : `${denial.reason} ${denial.index}`;
}

describe('Permissions', () => {
  it('look at the channels of a command line', () => {
    expect(refused('+@all &news:*', 'publish news:1 text')).toBe('');
    expect(refused('+@all &news:*', 'publish other news:1')).toBe('channel 1');
    expect(refused('+@all &a &b', 'subscribe a b')).toBe('');
    expect(refused('+@all &a &b', 'subscribe a b c')).toBe('channel 3');
    expect(refused('+@all &a*', 'psubscribe a*')).toBe('');
    expect(refused('+@all &a*', 'psubscribe a* ab')).toBe('channel 2');
    expect(refused('+@all &*', 'psubscribe x*')).toBe('');
    expect(refused('+@all', 'unsubscribe x')).toBe('');
    expect(refused('+@all', 'subscribe')).toBe('');
  });

  it('let everybody log in', () => {
    expect(refused('-@all', 'login x')).toBe('');
    expect(refused('-@all', 'any')).toBe('command 0');
  });

  it('tell what the selector refuses that comes furthest', () => {
    expect(refused('+@all', 'both k c')).toBe('key 1');
    expect(refused('+@all ~k', 'both k')).toBe('channel 1');
    expect(refused('-@all (+both) (+any)', 'both k')).toBe('key 1');
    expect(refused('-@all (+both ~k) (+both)', 'both k')).toBe('channel 1');
    expect(refused('+both (+both ~k)', 'both k')).toBe('channel 1');
    expect(refused('+both ~x (+both ~k &k)', 'both k')).toBe('');
    // What is allowed by parts of several selectors is not allowed.
    expect(refused('+both (~k &k)', 'both k')).toBe('key 1');
  });
});
