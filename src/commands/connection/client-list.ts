/**
 * CLIENT LIST and CLIENT INFO: connections, one line each.
 */
import { type ClientType, describeClient, typeOfClient } from '../../dispatch/client-info.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { Session } from '../../dispatch/session.ts';
import { errors } from '../../protocol/errors.ts';
import { readClientType } from './client-type.ts';

export const info = defineCommand({
  name: 'info',
  summary: 'Describes the connection.',
  since: '6.2.0',
  group: 'connection',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  tips: ['nondeterministic_output'],
  run(context) {
    replyLines(context, [context.session]);
  },
});

export const list = defineCommand({
  name: 'list',
  summary: 'Describes the connections.',
  since: '2.4.0',
  group: 'connection',
  complexity: 'O(N) where N is the number of client connections',
  history: [
    ['2.8.12', 'Added unique client `id` field.'],
    ['5.0.0', 'Added optional `TYPE` filter.'],
    ['6.0.0', 'Added `user` field.'],
    ['6.2.0', 'Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter.'],
    ['7.0.0', 'Added `resp`, `multi-mem`, `rbs` and `rbp` fields.'],
    ['7.0.3', 'Added `ssub` field.'],
    ['7.2.0', 'Added `lib-name` and `lib-ver` fields.'],
  ],
  syntax: '[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  tips: ['nondeterministic_output'],
  run(context) {
    const { args } = context;
    if (args.count === 2) replyLines(context, context.server.clients.all());
    else if (args.count === 4 && args.at(2).equalsIgnoreCase('type')) {
      replyLines(context, clientsOfType(context, readClientType(args.at(3))));
    } else if (args.count > 3 && args.at(2).equalsIgnoreCase('id')) replyLines(context, namedClients(context));
    else throw errors.syntax;
  },
});

function clientsOfType({ server }: CommandContext, type: ClientType): Session[] {
  return [...server.clients.all()].filter((session) => typeOfClient(session) === type);
}

/** As often and in the order in which the arguments name them; those that are gone are left out. */
function namedClients(context: CommandContext): Session[] {
  const sessions: Session[] = [];
  for (let i = 3; i < context.args.count; i++) {
    const id = context.integer(i, errors.invalidClientId);
    const session = typeof id === 'number' ? context.server.clients.get(id) : undefined;
    if (session !== undefined) sessions.push(session);
  }
  return sessions;
}

function replyLines({ args, reply, server, session: asking }: CommandContext, sessions: Iterable<Session>): void {
  const nowMs = server.clock.nowMs();
  asking.argumentBytes = 0;
  for (let i = 0; i < args.count; i++) asking.argumentBytes += args.at(i).length;
  let text = '';
  for (const session of sessions) text += `${describeClient(session, nowMs, server.watches)}\n`;
  asking.argumentBytes = 0;
  reply.verbatim('txt', text);
}
