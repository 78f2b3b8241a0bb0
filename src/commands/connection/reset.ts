import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';

export const reset = defineCommand({
  name: 'reset',
  summary: 'Makes the connection as it was when it was opened.',
  since: '6.2.0',
  group: 'connection',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy', 'unqueued', 'while_subscribed'],
  run({ keyspace, server, session }) {
    if (session.role === 'replica' || session.role === 'master') throw errors.resetNotAllowed;
    server.watches.unwatch(session);
    server.pubsub.forget(session);
    session.followSubscriptions();
    server.tracking.disable(session);
    server.monitors.remove(session);
    session.reset(keyspace.databases[0]);
    server.authenticator.logOut(session);
    // Not the context's writer: replies may have been off until now.
    session.reply.status('RESET');
  },
});
