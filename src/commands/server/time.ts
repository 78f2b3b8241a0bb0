import { defineCommand } from '../../dispatch/define-command.ts';

export const time = defineCommand({
  name: 'time',
  summary: "Returns the server's time: Unix seconds, and microseconds of the current second.",
  since: '2.6.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  tips: ['nondeterministic_output'],
  run({ reply, server }) {
    const nowUs = server.clock.nowUs();
    reply.array(2);
    reply.integerBulk(Math.floor(nowUs / 1e6));
    reply.integerBulk(nowUs % 1e6);
  },
});
