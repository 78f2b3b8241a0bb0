import { defineCommand } from '../../dispatch/define-command.ts';

export const lastsave = defineCommand({
  name: 'lastsave',
  summary: 'Returns when the data set was last saved, in Unix seconds.',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  acl: ['admin', 'dangerous'],
  tips: ['nondeterministic_output'],
  run({ reply, server }) {
    reply.integer(server.persistence.status.lastSaveSeconds);
  },
});
