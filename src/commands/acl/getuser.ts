/**
 * ACL GETUSER, LIST, USERS and WHOAMI: who the users are, and what they may do.
 */
import { describeCommands } from '../../dispatch/acl/command-description.ts';
import type { Selector } from '../../dispatch/acl/selector.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { ReplyWriter } from '../../protocol/reply-writer.ts';
import { replyBytes } from './byte-reply.ts';

export const getuser = defineCommand({
  name: 'getuser',
  summary: 'Returns what a user may do.',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of rules of the user',
  history: [
    ['6.2.0', 'Tells patterns of channels.'],
    ['7.0.0', 'Tells selectors, and patterns of keys and channels as rules instead of lists.'],
  ],
  syntax: 'username',
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run({ args, reply, server }) {
    const user = server.acl.users.get(args.at(2).toLatin1());
    if (user === undefined) {
      reply.null();
      return;
    }
    const { rights } = user;
    reply.map(6);
    reply.text('flags');
    reply.set(rights.flags.length);
    for (const flag of rights.flags) reply.text(flag);
    reply.text('passwords');
    reply.array(rights.passwords.length);
    for (const hash of rights.passwords) reply.text(hash);
    writeSelector(reply, rights.root);
    reply.text('selectors');
    reply.array(rights.selectors.length);
    for (const selector of rights.selectors) {
      reply.map(3);
      writeSelector(reply, selector);
    }
  },
});

/** Three fields of a map. */
function writeSelector(reply: ReplyWriter, { commands, keys, channels }: Selector): void {
  reply.text('commands');
  replyBytes(reply, describeCommands(commands));
  reply.text('keys');
  replyBytes(reply, keys.describe().join(' '));
  reply.text('channels');
  replyBytes(reply, channels.describe().join(' '));
}

export const list = defineCommand({
  name: 'list',
  summary: 'Returns all users with their rules, as an ACL file has them.',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of users',
  syntax: '',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run({ reply, server }) {
    const lines = server.acl.users.describe('shown');
    reply.array(lines.length);
    for (const line of lines) replyBytes(reply, line);
  },
});

export const users = defineCommand({
  name: 'users',
  summary: 'Returns the names of all users.',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of users',
  syntax: '',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run({ reply, server }) {
    const all = server.acl.users.all();
    reply.array(all.length);
    for (const { name } of all) replyBytes(reply, name);
  },
});

export const whoami = defineCommand({
  name: 'whoami',
  summary: 'Returns the name of the user that the connection is logged in as.',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  run({ reply, session }) {
    if (session.user === null) reply.null();
    else replyBytes(reply, session.user.name);
  },
});
