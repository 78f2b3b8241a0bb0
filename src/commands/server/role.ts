import { defineCommand } from '../../dispatch/define-command.ts';

export const role = defineCommand({
  name: 'role',
  summary: "Returns the server's role in replication.",
  since: '2.8.12',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast'],
  acl: ['admin', 'dangerous'],
  run({ reply }) {
    reply.array(3);
    reply.text('master');
    reply.integer(0);
    reply.array(0);
  },
});
