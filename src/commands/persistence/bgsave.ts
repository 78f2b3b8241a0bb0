import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';

export const bgsave = defineCommand({
  name: 'bgsave',
  summary: 'Starts to write the data set to the RDB file.',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  history: [['3.2.2', 'Added the SCHEDULE option.']],
  syntax: '[SCHEDULE]',
  arity: -1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  run({ args, mayBlock, reply, server }) {
    const { appendOnly, persistence } = server;
    const isScheduled = args.count > 1;
    if (args.count > 2 || (isScheduled && !args.at(1).equalsIgnoreCase('schedule'))) throw errors.syntax;
    if (persistence.isRunningInBackground) throw errors.saveInProgress;
    if (appendOnly.isRewriting && mayBlock && !isScheduled) throw errors.rewriteExcludesSave;
    // Within a transaction, and while another client waits for its SAVE.
    if (!mayBlock || persistence.isRunning || appendOnly.isRewriting) {
      persistence.schedule();
      reply.status('Background saving scheduled');
    } else {
      if (!persistence.startInBackground()) throw errors.failed;
      reply.status('Background saving started');
    }
  },
});
