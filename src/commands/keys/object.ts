/**
 * OBJECT: what Redis would say of a value's inside.
 */
import type { CommandSpec, KeySpec } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { helpCommand } from '../../dispatch/help.ts';
import { accessStampOf, NULL, type Pointer } from '../../keyspace/key-entry.ts';
import { parseInt64 } from '../../lib/integer.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

/** What Redis answers for its shared integers, those below … */
const SHARED_REFCOUNT = 2 ** 31 - 1;
/** … this. */
const SHARED_INTEGERS = 10_000;

const KEY: readonly KeySpec[] = [{ flags: ['RO'], search: { index: 2 }, find: { last: 0, step: 1, limit: 0 } }];

const HELP: readonly string[] = [
  'ENCODING <key>',
  '    Name the representation of the value at <key>.',
  'FREQ <key>',
  '    Answer how often <key> is accessed: a counter that grows with the logarithm of',
  '    the accesses and decays with time. Needs an LFU eviction policy.',
  'IDLETIME <key>',
  '    Answer for how many seconds <key> has not been accessed.',
  'REFCOUNT <key>',
  '    Answer how many references there are to the value at <key>.',
];

const encoding = objectCommand(
  'encoding',
  'Names how the value at a key is represented.',
  '2.2.3',
  ({ keyspace, reply }, entry) => reply.text(keyspace.kinds.encodingName(entry)),
);

const freq = objectCommand(
  'freq',
  'Answers the logarithmic access counter of a key.',
  '4.0.0',
  ({ keyspace, reply }, entry) => {
    const { access, heap } = keyspace;
    if (!access.lfu) throw errors.lfuNotSelected;
    reply.integer(access.decayed(accessStampOf(heap, entry)));
  },
);

const idletime = objectCommand(
  'idletime',
  'Answers for how many seconds a key has not been accessed.',
  '2.2.3',
  ({ keyspace, reply }, entry) => {
    const { access, heap } = keyspace;
    if (access.lfu) throw errors.lfuSelected;
    reply.integer(access.idleSeconds(accessStampOf(heap, entry)));
  },
);

const refcount = objectCommand(
  'refcount',
  'Answers the number of references to the value at a key.',
  '2.2.3',
  (context, entry) => context.reply.integer(isSharedInteger(context, entry) ? SHARED_REFCOUNT : 1),
);

const help = helpCommand({ since: '6.2.0', group: 'generic', acl: ['keyspace'] }, HELP);

export const object: CommandSpec = defineCommand({
  name: 'object',
  summary: 'A container for commands that look into values.',
  since: '2.2.3',
  group: 'generic',
  complexity: 'Depends on the subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [encoding, freq, help, idletime, refcount],
});

function objectCommand(
  name: string,
  summary: string,
  since: string,
  answer: (context: CommandContext, entry: Pointer) => void,
): CommandSpec {
  return defineCommand({
    name,
    summary,
    since,
    group: 'generic',
    complexity: 'O(1)',
    syntax: 'key',
    arity: 3,
    flags: ['readonly'],
    acl: ['keyspace'],
    keys: KEY,
    tips: ['nondeterministic_output'],
    run(context) {
      const entry = context.database.find(context.args.at(2));
      // Counted as a look-up, but a miss is told to nobody.
      if (entry === NULL) {
        context.keyspace.stats.misses++;
        context.reply.null();
      } else {
        context.keyspace.stats.hits++;
        answer(context, entry);
      }
    },
  });
}

/** Redis keeps one object for each small integer, unless its eviction policy needs an access stamp for each key. */
function isSharedInteger({ keyspace, server }: CommandContext, entry: Pointer): boolean {
  if (keyspace.kinds.encodingName(entry) !== 'int') return false;
  const policy = server.config.get('maxmemory-policy');
  if (server.config.get('maxmemory') !== 0 && /l[rf]u$/.test(policy)) return false;
  const value = parseInt64(keyspace.stringValues.inline(entry, new Slice(new Uint8Array(0), 0, 0)));
  return value !== null && value >= 0 && value < SHARED_INTEGERS;
}
