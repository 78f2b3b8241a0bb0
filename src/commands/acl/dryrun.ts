import { upToNul } from '../../dispatch/acl/byte-text.ts';
import type { Denial } from '../../dispatch/acl/permission.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { Command } from '../../dispatch/registry.ts';
import { Args } from '../../protocol/args.ts';
import { errors } from '../../protocol/errors.ts';
import { replyBytes } from './byte-reply.ts';

/** Where the command line begins. */
const FIRST = 3;

export const dryrun = defineCommand({
  name: 'dryrun',
  summary: 'Tells whether a user may execute a command line, without executing it.',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: 'username command [arg [arg ...]]',
  arity: -4,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run({ args, reply, server }) {
    const user = server.acl.users.get(args.at(2).toLatin1());
    if (user === undefined) throw errors.userNotFound(args.at(2));
    const line = new Args();
    for (let i = FIRST; i < args.count; i++) line.push(args.at(i).bytes, args.at(i).start, args.at(i).end);
    const command = server.registry.resolve(line);
    if (command === null) throw errors.commandNotFound(args.at(FIRST));
    if (line.count < command.minArgs || line.count > command.maxArgs) throw errors.wrongArity(command.fullName);
    const denial = server.acl.check(user, command, line);
    if (denial === null) reply.ok();
    else replyBytes(reply, textOf(denial, command, line));
  },
});

function textOf({ reason, index }: Denial, command: Command, line: Args): string {
  if (reason === 'command') return `This user has no permissions to run the '${command.fullName}' command`;
  return `This user has no permissions to access the '${upToNul(line.at(index).toLatin1())}' ${reason}`;
}
