import { defineCommand } from '../../dispatch/define-command.ts';
import { redact } from '../../dispatch/redaction.ts';
import { errors } from '../../protocol/errors.ts';

export const auth = defineCommand({
  name: 'auth',
  summary: 'Logs the connection in as a user, the default one if none is named.',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(N) where N is the number of passwords defined for the user',
  history: [['6.0.0', 'Added ACL style (username and password).']],
  syntax: '[username] password',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'sentinel', 'allow_busy'],
  run({ args, reply, server, session, mayBlock }) {
    if (args.count > 3) throw errors.syntax;
    const { authenticator } = server;
    try {
      if (args.count === 2 && authenticator.needsNoPassword) throw errors.noPasswordSet;
      const where = mayBlock ? 'toplevel' : 'multi';
      const user = args.count === 2 ? 'default' : args.at(1).toLatin1();
      if (!authenticator.logIn(session, user, args.at(args.count - 1), args.at(0), where)) throw errors.wrongPass;
    } finally {
      for (let i = 1; i < args.count; i++) redact(args, i);
    }
    reply.ok();
  },
});
