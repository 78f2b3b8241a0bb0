import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';

export const monitor = defineCommand({
  name: 'monitor',
  summary: 'Shows all commands that the server executes, as they are executed.',
  since: '1.0.0',
  group: 'server',
  syntax: '',
  arity: 1,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ mayBlock, reply, server, session }) {
    if (!mayBlock) throw errors.monitorDenied;
    // A monitor is not answered a second time.
    if (session.role === 'monitor' || session.role === 'replica') return;
    server.monitors.add(session);
    reply.ok();
  },
});
