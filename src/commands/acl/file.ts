/**
 * ACL LOAD and SAVE: the users and the `aclfile`.
 */
import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';
import { errorOfBytes } from './byte-reply.ts';

export const load = defineCommand({
  name: 'load',
  summary: 'Replaces all users by those of the ACL file and disconnects all clients but those of the default user.',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of users and of their connections',
  syntax: '',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run({ reply, server, session }) {
    if (!server.acl.hasFile) throw errors.noAclFile;
    const problem = server.acl.load(session);
    if (problem !== null) throw errorOfBytes(problem);
    reply.ok();
  },
});

export const save = defineCommand({
  name: 'save',
  summary: 'Writes all users to the ACL file.',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of users',
  syntax: '',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run({ reply, server }) {
    if (!server.acl.hasFile) throw errors.noAclFile;
    if (!server.acl.save()) throw errors.aclSaveFailed;
    reply.ok();
  },
});
