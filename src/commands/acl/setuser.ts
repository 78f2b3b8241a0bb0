/**
 * ACL SETUSER and DELUSER: who the users are.
 */
import { hasSpaces } from '../../dispatch/acl/byte-text.ts';
import { DEFAULT_USER } from '../../dispatch/acl/users.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { redact } from '../../dispatch/redaction.ts';
import { errors } from '../../protocol/errors.ts';
import { errorOfBytes } from './byte-reply.ts';

export const setuser = defineCommand({
  name: 'setuser',
  summary: 'Makes a user, or changes what it may do, by rules.',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of rules',
  history: [
    ['6.2.0', 'Takes patterns of channels.'],
    ['7.0.0', 'Takes selectors, and patterns of keys to be read or written only.'],
  ],
  syntax: 'username [rule [rule ...]]',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run({ args, reply, server }) {
    const name = args.at(2).toLatin1();
    const rules: string[] = [];
    for (let i = 3; i < args.count; i++) rules.push(args.at(i).toLatin1());
    // Passwords may be anywhere.
    for (let i = 2; i < args.count; i++) redact(args, i);
    if (hasSpaces(name)) throw errors.invalidUserName;
    const problem = server.acl.setUser(name, rules);
    if (problem !== null) throw errorOfBytes(problem);
    reply.ok();
  },
});

export const deluser = defineCommand({
  name: 'deluser',
  summary: 'Takes users away and disconnects those who are logged in as one of them.',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of users and of their connections',
  syntax: 'username [username ...]',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run({ args, reply, server, session }) {
    const names: string[] = [];
    for (let i = 2; i < args.count; i++) names.push(args.at(i).toLatin1());
    if (names.includes(DEFAULT_USER)) throw errors.defaultUserFixed;
    reply.integer(names.filter((name) => server.acl.removeUser(name, session)).length);
  },
});
