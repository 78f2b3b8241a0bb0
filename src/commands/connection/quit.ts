import { defineCommand } from '../../dispatch/define-command.ts';

export const quit = defineCommand({
  name: 'quit',
  summary: 'Closes the connection once all replies have been sent.',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(1)',
  syntax: '',
  arity: -1,
  flags: ['allow_busy', 'noscript', 'loading', 'stale', 'fast', 'no_auth', 'unqueued', 'while_subscribed'],
  run({ reply, session }) {
    reply.ok();
    session.closeAfterReply();
  },
});
