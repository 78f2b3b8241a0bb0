import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';

export const bgrewriteaof = defineCommand({
  name: 'bgrewriteaof',
  summary: 'Starts to write the append-only file anew, as short as it can be.',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  run({ mayBlock, reply, server }) {
    const { appendOnly, persistence } = server;
    if (appendOnly.isRewriting) throw errors.rewriteInProgress;
    if (!mayBlock || persistence.isRunning) {
      appendOnly.scheduleRewrite();
      reply.status('Background append only file rewriting scheduled');
    } else {
      appendOnly.startRewrite();
      reply.status('Background append only file rewriting started');
    }
  },
});
