/**
 * COMMAND: what the server's commands are. Everything here follows from their declarations.
 */
import { categoriesOf } from '../../dispatch/acl/categories.ts';
import type { CommandSpec, FoundKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { writeCommandDocs } from '../../dispatch/command-docs.ts';
import { writeCommandInfo, writeStatuses } from '../../dispatch/command-info.ts';
import { hasKeys, keysIn } from '../../dispatch/command-keys.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { helpCommand } from '../../dispatch/help.ts';
import type { Command } from '../../dispatch/registry.ts';
import { globMatch } from '../../lib/glob.ts';
import { Slice } from '../../lib/slice.ts';
import { Args } from '../../protocol/args.ts';
import { errors } from '../../protocol/errors.ts';

const FLAGS: CommandSpec['flags'] = ['loading', 'stale'];
const ACL: readonly string[] = ['connection'];
const UNORDERED: readonly string[] = ['nondeterministic_output_order'];

const count = defineCommand({
  name: 'count',
  summary: 'Returns how many commands there are.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: FLAGS,
  acl: ACL,
  run({ reply, server }) {
    reply.integer(server.registry.size);
  },
});

const docs = defineCommand({
  name: 'docs',
  summary: 'Returns documentation of the given commands, or of all.',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of commands to look up',
  syntax: '[command-name [command-name ...]]',
  arity: -2,
  flags: FLAGS,
  acl: ACL,
  tips: UNORDERED,
  run(context) {
    const { args, reply, server } = context;
    const commands = args.count === 2 ? [...server.registry.all()] : namedCommands(context).filter(isCommand);
    reply.map(commands.length);
    for (const command of commands) {
      reply.text(command.fullName);
      writeCommandDocs(reply, command);
    }
  },
});

const info = defineCommand({
  name: 'info',
  summary: 'Returns what clients must know of the given commands, or of all.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(N) where N is the number of commands to look up',
  history: [['7.0.0', 'Without names it returns all commands.']],
  syntax: '[command-name [command-name ...]]',
  arity: -2,
  flags: FLAGS,
  acl: ACL,
  tips: UNORDERED,
  run(context) {
    const { args, reply } = context;
    if (args.count === 2) {
      replyAll(context);
      return;
    }
    const commands = namedCommands(context);
    reply.array(commands.length);
    for (const command of commands) {
      if (command === undefined) reply.null();
      else writeCommandInfo(reply, command);
    }
  },
});

const list = defineCommand({
  name: 'list',
  summary: 'Returns the names of all commands, or of those that a filter lets through.',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of commands',
  syntax: '[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]',
  arity: -2,
  flags: FLAGS,
  acl: ACL,
  tips: UNORDERED,
  run(context) {
    const passes = readFilter(context);
    const names: string[] = [];
    for (const command of context.server.registry.all()) {
      for (const each of [command, ...command.subcommands.values()]) if (passes(each)) names.push(each.fullName);
    }
    context.reply.array(names.length);
    for (const name of names) context.reply.text(name);
  },
});

const getkeys = defineCommand({
  name: 'getkeys',
  summary: 'Returns the keys of a command line.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(N) where N is the number of arguments of the command line',
  syntax: '',
  arity: -4,
  flags: FLAGS,
  acl: ACL,
  run(context) {
    const keys = findKeys(context);
    context.reply.array(keys.length);
    for (const { index } of keys) context.reply.bulk(context.args.at(index + 2));
  },
});

const getkeysandflags = defineCommand({
  name: 'getkeysandflags',
  summary: 'Returns the keys of a command line, and what the command does with each.',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of arguments of the command line',
  syntax: '',
  arity: -4,
  flags: FLAGS,
  acl: ACL,
  run(context) {
    const { args, reply } = context;
    const keys = findKeys(context);
    reply.array(keys.length);
    for (const { index, flags } of keys) {
      reply.array(2);
      reply.bulk(args.at(index + 2));
      writeStatuses(reply, flags);
    }
  },
});

const help = helpCommand({ since: '5.0.0', group: 'server', flags: FLAGS, acl: ACL }, [
  '(no subcommand)',
  '    Show what clients must know of all commands.',
  'COUNT',
  '    Show how many commands there are.',
  'LIST [FILTERBY <MODULE <name>|ACLCAT <category>|PATTERN <pattern>>]',
  '    List the names of commands and subcommands.',
  'INFO [<command-name> ...]',
  '    Show what clients must know of the commands, of all without names.',
  'DOCS [<command-name> ...]',
  '    Show documentation of the commands, of all without names.',
  'GETKEYS <full-command>',
  '    Show the keys of a command line.',
  'GETKEYSANDFLAGS <full-command>',
  '    Show the keys of a command line and what is done with them.',
]);

export const command = defineCommand({
  name: 'command',
  summary: 'Returns what clients must know of all commands.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(N) where N is the number of commands',
  syntax: '',
  arity: -1,
  flags: FLAGS,
  acl: ACL,
  tips: UNORDERED,
  subcommands: [count, docs, getkeys, getkeysandflags, help, info, list],
  run: replyAll,
});

function replyAll({ reply, server }: CommandContext): void {
  reply.array(server.registry.size);
  for (const each of server.registry.all()) writeCommandInfo(reply, each);
}

/** The commands that the arguments from the third on name; undefined where one names none. */
function namedCommands({ args, server }: CommandContext): (Command | undefined)[] {
  const commands: (Command | undefined)[] = [];
  for (let i = 2; i < args.count; i++) commands.push(server.registry.named(args.at(i).toLatin1().toLowerCase()));
  return commands;
}

function isCommand(found: Command | undefined): found is Command {
  return found !== undefined;
}

function readFilter({ args }: CommandContext): (command: Command) => boolean {
  if (args.count === 2) return () => true;
  if (args.count !== 5 || !args.at(2).equalsIgnoreCase('filterby')) throw errors.syntax;
  const kind = args.at(3);
  const wanted = args.at(4);
  if (kind.equalsIgnoreCase('pattern')) return ({ fullName }) => globMatch(wanted, Slice.from(fullName), true);
  if (kind.equalsIgnoreCase('aclcat')) {
    const category = wanted.toLatin1().toLowerCase();
    return ({ spec }) => categoriesOf(spec).includes(category);
  }
  // There are no modules.
  if (kind.equalsIgnoreCase('module')) return () => false;
  throw errors.syntax;
}

/** The keys of the command line that the arguments from the third on are; their indices count from there. */
function findKeys({ args, server }: CommandContext): readonly FoundKey[] {
  const line = new Args();
  for (let i = 2; i < args.count; i++) line.push(args.at(i).bytes, args.at(i).start, args.at(i).end);
  const found = server.registry.resolve(line);
  if (found === null) throw errors.invalidCommand;
  if (!hasKeys(found.spec)) throw errors.noKeyArguments;
  if (line.count < found.minArgs || line.count > found.maxArgs) throw errors.invalidArgumentCount;
  const keys = keysIn(found.spec, line);
  if (keys.length === 0 && !found.spec.flags.includes('no_mandatory_keys')) throw errors.invalidArguments;
  return keys;
}
