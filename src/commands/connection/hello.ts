import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { redact } from '../../dispatch/redaction.ts';
import { REPLICA } from '../../dispatch/server-state.ts';
import { NEEDS_AUTH } from '../../dispatch/session.ts';
import { REDIS_VERSION } from '../../lib/version.ts';
import { errors } from '../../protocol/errors.ts';
import type { RespVersion } from '../../protocol/reply-writer.ts';
import { readClientName } from './client-name.ts';

/** The version whose commands this server has; clients decide by it what they may use. */

export const hello = defineCommand({
  name: 'hello',
  summary: 'Greets the server, logs in, and chooses the protocol of the replies.',
  since: '6.0.0',
  group: 'connection',
  complexity: 'O(1)',
  history: [
    [
      '6.2.0',
      "`protover` made optional; when called without arguments the command reports the current connection's context.",
    ],
  ],
  syntax: '[protover [AUTH username password] [SETNAME clientname]]',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'sentinel', 'allow_busy'],
  run(context) {
    const { session } = context;
    const version = readVersion(context);
    applyOptions(context);
    if (session.is(NEEDS_AUTH)) throw errors.noAuthHello;
    if (version !== null) session.speak(version);
    replyGreeting(context);
  },
});

function readVersion(context: CommandContext): RespVersion | null {
  if (context.args.count === 1) return null;
  const version = context.integer(1, errors.protocolNotInteger);
  if (version !== 2 && version !== 3) throw errors.noProtocol;
  return version;
}

/**
 * Unlike elsewhere, options take effect one by one, and those before an error stay in effect: clients may see by the
 * error that they are logged in.
 */
function applyOptions({ args, server, session, mayBlock }: CommandContext): void {
  const where = mayBlock ? 'toplevel' : 'multi';
  for (let i = 2; i < args.count; i++) {
    const option = args.at(i);
    const left = args.count - 1 - i;
    if (option.equalsIgnoreCase('auth') && left >= 2) {
      const accepted = server.authenticator.logIn(
        session,
        args.at(i + 1).toLatin1(),
        args.at(i + 2),
        args.at(0),
        where,
      );
      redact(args, i + 1);
      redact(args, i + 2);
      if (!accepted) throw errors.wrongPass;
      i += 2;
    } else if (option.equalsIgnoreCase('setname') && left >= 1) {
      session.name = readClientName(args.at(++i));
    } else throw errors.helloOption(option);
  }
}

function replyGreeting({ reply, server, session }: CommandContext): void {
  reply.map(7);
  reply.text('server');
  reply.text('redis');
  reply.text('version');
  reply.text(REDIS_VERSION);
  reply.text('proto');
  reply.integer(session.output.version);
  reply.text('id');
  reply.integer(session.id);
  reply.text('mode');
  reply.text(server.config.get('cluster-enabled') ? 'cluster' : 'standalone');
  reply.text('role');
  reply.text(server.state.is(REPLICA) ? 'replica' : 'master');
  reply.text('modules');
  reply.array(0);
}
