import type { User } from '../../dispatch/acl/user.ts';
import { type ClientType, typeOfClient } from '../../dispatch/client-info.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { Session } from '../../dispatch/session.ts';
import { errors } from '../../protocol/errors.ts';
import { readClientType } from './client-type.ts';

/** What a connection must be to be closed; what is not said may be anything. */
interface Filter {
  id?: number | bigint;
  address?: string;
  localAddress?: string;
  type?: ClientType;
  user?: User;
  sparesAsking: boolean;
}

/** An option and its value, the value repeated: COMMAND DOCS has the options as one argument that may be repeated. */
const OPTIONS =
  '[ID client-id] | [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] | [ADDR ip:port] | [LADDR ip:port] | [SKIPME yes/no]';

export const kill = defineCommand({
  name: 'kill',
  summary: 'Closes connections.',
  since: '2.4.0',
  group: 'connection',
  complexity: 'O(N) where N is the number of client connections',
  history: [
    ['2.8.12', 'Added new filter format.'],
    ['2.8.12', '`ID` option.'],
    ['3.2.0', 'Added `master` type in for `TYPE` option.'],
    ['5.0.0', 'Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility.'],
    ['6.2.0', '`LADDR` option.'],
  ],
  syntax: `<ip:port | <${OPTIONS}> [<${OPTIONS}> ...]>`,
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run(context) {
    const { args, reply, server, session: asking } = context;
    const isOldForm = args.count === 3;
    const filter = isOldForm ? { address: args.at(2).toString(), sparesAsking: false } : readFilter(context);
    let killed = 0;
    for (const session of server.clients.all()) {
      if (!matches(filter, session) || (session === asking && filter.sparesAsking)) continue;
      killed++;
      // Oneself is answered first.
      if (session === asking) session.closeAfterReply();
      else session.transport.close(true);
    }
    if (!isOldForm) reply.integer(killed);
    else if (killed > 0) reply.ok();
    else throw errors.noSuchClient;
  },
});

function readFilter(context: CommandContext): Filter {
  const { args, server } = context;
  const filter: Filter = { sparesAsking: true };
  for (let i = 2; i < args.count; i += 2) {
    if (i + 1 === args.count) throw errors.syntax;
    const option = args.at(i);
    const value = args.at(i + 1);
    if (option.equalsIgnoreCase('id')) {
      filter.id = context.integer(i + 1, errors.clientIdNotPositive);
      if (filter.id < 1) throw errors.clientIdNotPositive;
    } else if (option.equalsIgnoreCase('type')) filter.type = readClientType(value);
    else if (option.equalsIgnoreCase('addr')) filter.address = value.toString();
    else if (option.equalsIgnoreCase('laddr')) filter.localAddress = value.toString();
    else if (option.equalsIgnoreCase('user')) {
      const user = server.acl.users.get(value.toLatin1());
      if (user === undefined) throw errors.noSuchUser(value);
      filter.user = user;
    } else if (option.equalsIgnoreCase('skipme')) {
      filter.sparesAsking = value.equalsIgnoreCase('yes');
      if (!filter.sparesAsking && !value.equalsIgnoreCase('no')) throw errors.syntax;
    } else throw errors.syntax;
  }
  return filter;
}

function matches(filter: Filter, session: Session): boolean {
  const { address, localAddress } = session.transport;
  return (
    (filter.id === undefined || filter.id === session.id) &&
    (filter.address === undefined || filter.address === address) &&
    (filter.localAddress === undefined || filter.localAddress === localAddress) &&
    (filter.type === undefined || filter.type === typeOfClient(session)) &&
    (filter.user === undefined || filter.user === session.user)
  );
}
