import { describe, expect, it } from 'vitest';
import { lostSubscriptions, type Subscriptions } from '../../../src/dispatch/acl/subscriptions.ts';
import type { Session } from '../../../src/dispatch/session.ts';
import { CommandSession } from '../../support/command-session.ts';

interface Case {
  readonly before: string;
  readonly after: string;
  readonly channels?: readonly string[];
  readonly patterns?: readonly string[];
  readonly stays: boolean;
}

/** Whether a subscriber stays connected when its user's channels change. */
const CASES: readonly Case[] = [
  { before: '&foo:1', after: 'resetchannels &foo:1 &more', channels: ['foo:1'], stays: true },
  { before: '&foo:1', after: 'resetchannels', channels: ['foo:1'], stays: false },
  { before: '&foo:1 &bar', after: 'resetchannels &bar', channels: ['bar'], stays: true },
  { before: '&foo:1', after: 'resetchannels &foo*', channels: ['foo:1'], stays: true },
  { before: '&bar:*', after: 'resetchannels', patterns: ['bar:*'], stays: false },
  { before: '&bar:*', after: 'resetchannels &bar*', patterns: ['bar:*'], stays: false },
  { before: '&bar:*', after: 'resetchannels &bar:* &x', patterns: ['bar:*'], stays: true },
  { before: 'allchannels', after: 'resetchannels', patterns: ['foo'], stays: false },
  { before: 'allchannels', after: 'resetchannels &foo', patterns: ['foo'], stays: true },
  { before: '&foo', after: 'allchannels', channels: ['foo'], stays: true },
  { before: '&foo', after: 'resetchannels (&foo)', channels: ['foo'], stays: true },
  { before: 'allchannels', after: 'off resetkeys -@all', channels: ['foo'], stays: true },
];

describe('lostSubscriptions', () => {
  for (const { before, after, channels = [], patterns = [], stays } of CASES) {
    it(`${stays ? 'leaves' : 'tells'} a subscriber of ${[...channels, ...patterns]}: ${before}, then ${after}`, () => {
      const s = new CommandSession();
      s.call('ACL', 'SETUSER', 'ann', 'on', 'nopass', ...before.split(' '));
      s.call('AUTH', 'ann', 'x');
      const { users } = s.engine.acl;
      const subscriptions: Subscriptions = {
        subscriptions: (session: Session, kind) =>
          new Set(session === s.session ? { channel: channels, pattern: patterns, shard: [] }[kind] : []),
      };
      const change = users.set('ann', after.split(' '));
      if (typeof change === 'string' || change.former === null) throw new Error('the rules are no good');
      expect(lostSubscriptions(change.user, change.former, subscriptions)).toEqual(stays ? [] : [s.session]);
    });
  }
});
