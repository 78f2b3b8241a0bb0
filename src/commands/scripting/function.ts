/**
 * FUNCTION: libraries of functions, which are part of the data set.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { helpCommand } from '../../dispatch/help.ts';
import type { LibraryDescription } from '../../dispatch/script-service.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { quotedText } from '../../protocol/reply-text.ts';
import type { ReplyWriter } from '../../protocol/reply-writer.ts';
import { checkMode } from './script.ts';

const ENGINE = 'LUA';
const TO_ALL = ['request_policy:all_shards', 'response_policy:all_succeeded'];

const noLibrary = new ReplyError('ERR Library not found');
const noCode = new ReplyError('ERR Function code is missing');
const noPattern = new ReplyError('ERR library name argument was not given');
const badFlushMode = new ReplyError('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');
const badPolicy = new ReplyError('ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.');

const HELP: readonly string[] = [
  'DELETE <LIBRARY NAME>',
  '    Delete a library and its functions.',
  'DUMP',
  '    Answer all libraries as bytes that FUNCTION RESTORE reads.',
  'FLUSH [ASYNC|SYNC]',
  '    Delete all libraries. Both modes do the same.',
  'KILL',
  '    End the function that is running, unless it has written.',
  'LIST [LIBRARYNAME PATTERN] [WITHCODE]',
  '    Describe all libraries and their functions, or those whose names match a pattern:',
  '    * WITHCODE',
  '      With their code.',
  'LOAD [REPLACE] <FUNCTION CODE>',
  '    Load a library.',
  'RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]',
  '    Load the libraries of a dump. What becomes of those that are there:',
  '    * FLUSH',
  '      They are deleted.',
  '    * APPEND',
  '      They stay, and none of the dump may have the name of one of them. This is the default.',
  '    * REPLACE',
  '      They stay, but for those whose name one of the dump has.',
  'STATS',
  '    Tell which function is running, and how many there are.',
];

const load = defineCommand({
  name: 'load',
  summary: 'Loads a library of functions.',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(1) (considering compilation time is redundant)',
  syntax: '[REPLACE] function-code',
  arity: -3,
  flags: ['noscript', 'write', 'denyoom'],
  tips: TO_ALL,
  run(context) {
    const { args, keyspace, reply, server } = context;
    const last = args.count - 1;
    for (let i = 2; i < last; i++) {
      if (args.at(i).equalsIgnoreCase('replace')) continue;
      throw new ReplyError(`ERR Unknown option given: ${quotedText(args.at(i))}`);
    }
    if (last < 2) throw noCode;
    const loaded = server.scripts.loadLibrary(args.at(last), last > 2);
    if (loaded instanceof ReplyError) throw loaded;
    keyspace.dirty++;
    reply.text(loaded);
  },
});

const remove = defineCommand({
  name: 'delete',
  summary: 'Deletes a library and its functions.',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(1)',
  syntax: 'library-name',
  arity: 3,
  flags: ['noscript', 'write'],
  tips: TO_ALL,
  run({ args, keyspace, reply, server }) {
    if (!server.scripts.deleteLibrary(args.at(2))) throw noLibrary;
    keyspace.dirty++;
    reply.ok();
  },
});

const list = defineCommand({
  name: 'list',
  summary: 'Describes libraries and their functions.',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(N) where N is the number of functions',
  syntax: '[LIBRARYNAME library-name-pattern:string] [WITHCODE]',
  arity: -2,
  flags: ['noscript'],
  tips: ['nondeterministic_output_order'],
  run({ args, reply, server }) {
    let pattern: Slice | null = null;
    let withCode = false;
    for (let i = 2; i < args.count; i++) {
      const option = args.at(i);
      if (!withCode && option.equalsIgnoreCase('withcode')) {
        withCode = true;
      } else if (pattern === null && option.equalsIgnoreCase('libraryname')) {
        if (++i === args.count) throw noPattern;
        pattern = args.at(i);
      } else {
        throw new ReplyError(`ERR Unknown argument ${quotedText(option)}`);
      }
    }
    const libraries = server.scripts.libraries(pattern);
    reply.array(libraries.length);
    for (const library of libraries) describe(reply, library, withCode);
  },
});

const stats = defineCommand({
  name: 'stats',
  summary: 'Tells which function is running, and how many there are.',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  run({ reply, server }) {
    const { current } = server.scriptRuns;
    if (current !== null && !current.isFunction) throw errors.busyEval;
    reply.map(2);
    reply.text('running_script');
    if (current === null) reply.null();
    else {
      reply.map(3);
      reply.text('name');
      reply.text(current.name);
      reply.text('command');
      reply.array(current.args.count);
      for (let i = 0; i < current.args.count; i++) reply.bulk(current.args.at(i));
      reply.text('duration_ms');
      reply.integer(current.ms);
    }
    const { functions, libraries } = server.scripts.memory;
    reply.text('engines');
    reply.map(1);
    reply.text(ENGINE);
    reply.map(2);
    reply.text('libraries_count');
    reply.integer(libraries);
    reply.text('functions_count');
    reply.integer(functions);
  },
});

const dump = defineCommand({
  name: 'dump',
  summary: 'Returns all libraries as bytes that FUNCTION RESTORE reads.',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(N) where N is the number of functions',
  syntax: '',
  arity: 2,
  flags: ['noscript'],
  run({ reply, server }) {
    reply.bulk(Slice.from(server.scripts.dumpLibraries()));
  },
});

const restore = defineCommand({
  name: 'restore',
  summary: 'Loads the libraries of a dump.',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(N) where N is the number of functions on the payload',
  syntax: 'serialized-value [FLUSH | APPEND | REPLACE]',
  arity: -3,
  flags: ['noscript', 'write', 'denyoom'],
  tips: TO_ALL,
  run(context) {
    const { args, keyspace, reply, server } = context;
    if (args.count > 4) throw errors.subcommandSyntax(args.at(0), args.at(1));
    const problem = server.scripts.restoreLibraries(args.at(2), readPolicy(context));
    if (problem !== null) throw problem;
    keyspace.dirty++;
    reply.ok();
  },
});

const flush = defineCommand({
  name: 'flush',
  summary: 'Deletes all libraries.',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(N) where N is the number of functions deleted',
  syntax: '[ASYNC | SYNC]',
  arity: -2,
  flags: ['noscript', 'write'],
  tips: TO_ALL,
  run(context) {
    const { args, keyspace, reply, server } = context;
    if (args.count > 3) throw errors.subcommandSyntax(args.at(0), args.at(1));
    checkMode(context, badFlushMode);
    server.scripts.flushLibraries();
    keyspace.dirty++;
    reply.ok();
  },
});

const kill = defineCommand({
  name: 'kill',
  summary: 'Ends the function that is running, unless it has written.',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  tips: ['request_policy:all_shards', 'response_policy:one_succeeded'],
  run({ reply, server }) {
    server.scriptRuns.kill(true);
    reply.ok();
  },
});

const help = helpCommand({ since: '7.0.0', group: 'scripting' }, HELP);

/** Named so because `function` is a word of the language. */
export const functionContainer = defineCommand({
  name: 'function',
  summary: 'A container for commands about libraries of functions.',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'Depends on subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [remove, dump, flush, help, kill, list, load, restore, stats],
});

function readPolicy({ args }: CommandContext): 'append' | 'replace' | 'flush' {
  if (args.count === 3) return 'append';
  const word = args.at(3);
  if (word.equalsIgnoreCase('append')) return 'append';
  if (word.equalsIgnoreCase('replace')) return 'replace';
  if (word.equalsIgnoreCase('flush')) return 'flush';
  throw badPolicy;
}

function describe(reply: ReplyWriter, library: LibraryDescription, withCode: boolean): void {
  reply.map(withCode ? 4 : 3);
  reply.text('library_name');
  reply.text(library.name);
  reply.text('engine');
  reply.text(ENGINE);
  reply.text('functions');
  const functions = [...library.functions];
  reply.array(functions.length);
  for (const { description, flags, name } of functions) {
    reply.map(3);
    reply.text('name');
    reply.text(name);
    reply.text('description');
    if (description === null) reply.null();
    else reply.bulk(Slice.from(Buffer.from(description, 'latin1')));
    reply.text('flags');
    reply.set(flags.length);
    for (const flag of flags) reply.status(flag);
  }
  if (!withCode) return;
  reply.text('library_code');
  reply.bulk(Slice.from(library.code));
}
