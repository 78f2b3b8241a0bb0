/**
 * SLOWLOG: the last commands that took long.
 */
import { defineCommand } from '../../dispatch/define-command.ts';
import { helpCommand } from '../../dispatch/help.ts';
import type { SlowLogEntry } from '../../dispatch/slow-log.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import type { ReplyWriter } from '../../protocol/reply-writer.ts';

const DEFAULT_COUNT = 10;
/** All of them. */
const ALL = -1;
const BAD_COUNT = new ReplyError('ERR count should be greater than or equal to -1');

const get = defineCommand({
  name: 'get',
  summary: 'Returns the newest entries of the slow log.',
  since: '2.2.12',
  group: 'server',
  complexity: 'O(N) where N is the number of entries returned',
  history: [['4.0.0', "Shows the client's address and name."]],
  syntax: '[count]',
  arity: -2,
  flags: ['admin', 'loading', 'stale'],
  tips: ['request_policy:all_nodes', 'nondeterministic_output'],
  run(context) {
    const { args, reply, server } = context;
    if (args.count > 3) throw errors.subcommandSyntax(args.at(0), args.at(1));
    const count = args.count === 3 ? context.integer(2, BAD_COUNT) : DEFAULT_COUNT;
    if (count < ALL) throw BAD_COUNT;
    const shown = server.slowLog.newest(count === ALL ? server.slowLog.length : Number(count));
    reply.array(shown.length);
    for (const entry of shown) writeEntry(reply, entry);
  },
});

function writeEntry(reply: ReplyWriter, entry: SlowLogEntry): void {
  reply.array(6);
  reply.integer(entry.id);
  reply.integer(entry.atSeconds);
  reply.integer(entry.microseconds);
  reply.array(entry.args.length);
  for (const arg of entry.args) reply.bulk(Slice.from(arg));
  reply.text(entry.address);
  reply.bulk(Slice.from(Buffer.from(entry.clientName, 'latin1')));
}

const len = defineCommand({
  name: 'len',
  summary: 'Returns how many entries the slow log has.',
  since: '2.2.12',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['admin', 'loading', 'stale'],
  tips: ['request_policy:all_nodes', 'response_policy:agg_sum', 'nondeterministic_output'],
  run({ reply, server }) {
    reply.integer(server.slowLog.length);
  },
});

const reset = defineCommand({
  name: 'reset',
  summary: 'Empties the slow log.',
  since: '2.2.12',
  group: 'server',
  complexity: 'O(N) where N is the number of entries',
  syntax: '',
  arity: 2,
  flags: ['admin', 'loading', 'stale'],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  run({ reply, server }) {
    server.slowLog.clear();
    reply.ok();
  },
});

const help = helpCommand({ since: '6.2.0', group: 'server' }, [
  'GET [<count>]',
  '    Show the newest <count> entries (10 by default, -1 for all). An entry is:',
  '    number, Unix time, microseconds taken, arguments, address of the client,',
  '    name of the client.',
  'LEN',
  '    Show how many entries there are.',
  'RESET',
  '    Forget all entries.',
]);

export const slowlog = defineCommand({
  name: 'slowlog',
  summary: 'A container for commands about the slow log.',
  since: '2.2.12',
  group: 'server',
  complexity: 'Depends on subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [get, len, reset, help],
});
