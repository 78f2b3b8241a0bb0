import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';

export const save = defineCommand({
  name: 'save',
  summary: 'Writes the data set to the RDB file and answers when it is on disk; other clients are served meanwhile.',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(N) where N is the total number of keys in all databases, in another thread',
  syntax: '',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  run({ server, session }) {
    const isAccepted = server.persistence.save((saved) => {
      if (session.closed) return;
      if (saved) {
        session.reply.ok();
      } else {
        server.stats.countError(errors.failed.code);
        session.reply.error(errors.failed);
      }
      session.resume();
    });
    if (!isAccepted) throw errors.saveInProgress;
    session.suspend();
  },
});
