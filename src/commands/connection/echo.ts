import { defineCommand } from '../../dispatch/define-command.ts';

export const echo = defineCommand({
  name: 'echo',
  summary: 'Answers the message given.',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(1)',
  syntax: 'message',
  arity: 2,
  flags: ['fast', 'loading', 'stale'],
  run({ args, reply }) {
    reply.bulk(args.at(1));
  },
});
