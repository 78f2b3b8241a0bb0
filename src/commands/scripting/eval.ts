/**
 * EVAL, EVALSHA, FCALL, and their read-only forms.
 */
import type { CommandSpec, KeyFlag, KeySpec } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { Runnable, ScriptService } from '../../dispatch/script-service.ts';
import type { Args } from '../../protocol/args.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';

const KEY_COUNT = 2;
const FIRST_KEY = 3;

const noFunction = new ReplyError('ERR Function not found');
const onlyEval = new ReplyError('ERR Please use EVAL instead of EVALSHA for debugging');
const noDialogue = new ReplyError("ERR Can't debug a script over this connection: it must be one without TLS");
/** There is no copy of the process whose changes could be thrown away. */
export const noForkedSessions = new ReplyError(
  "ERR Can't debug a script so that its changes are rolled back: use SCRIPT DEBUG SYNC (redis-cli --ldb-sync-mode)",
);
const badKeyCount = new ReplyError('ERR Bad number of keys provided');

function evaluating(scripts: ScriptService, args: Args): Runnable | null {
  const script = scripts.define(args.at(1));
  return script instanceof ReplyError ? null : script;
}

function cached(scripts: ScriptService, args: Args): Runnable | null {
  return scripts.scriptOf(args.at(1));
}

function called(scripts: ScriptService, args: Args): Runnable | null {
  return scripts.functionOf(args.at(1));
}

/** What a script may do, … */
const writing = {
  flags: ['noscript', 'skip_monitor', 'no_mandatory_keys', 'stale', 'may_replicate'],
  keys: keysAfterCount(
    'We cannot tell how the keys will be used so we assume the worst, RW and UPDATE',
    'RW',
    'access',
    'update',
  ),
} satisfies Partial<CommandSpec>;

const reading = {
  flags: ['noscript', 'skip_monitor', 'no_mandatory_keys', 'stale', 'readonly'],
  keys: keysAfterCount(
    'We cannot tell how the keys will be used so we assume the worst, RO and ACCESS',
    'RO',
    'access',
  ),
} satisfies Partial<CommandSpec>;

/** … and how it is named. */
const whole = {
  group: 'scripting',
  complexity: 'Depends on the script that is executed.',
  syntax: 'script numkeys [key [key ...]] [arg [arg ...]]',
  arity: -3,
  script: evaluating,
} satisfies Partial<CommandSpec>;

const bySha1 = {
  ...whole,
  syntax: 'sha1 numkeys [key [key ...]] [arg [arg ...]]',
  script: cached,
} satisfies Partial<CommandSpec>;

const byName = {
  ...whole,
  complexity: 'Depends on the function that is executed.',
  syntax: 'function numkeys [key [key ...]] [arg [arg ...]]',
  script: called,
} satisfies Partial<CommandSpec>;

export const evaluate = defineCommand({
  ...whole,
  ...writing,
  name: 'eval',
  summary: 'Runs a script in Lua.',
  since: '2.6.0',
  run: (context) => runScript(context, false),
});

export const evaluateReadOnly = defineCommand({
  ...whole,
  ...reading,
  name: 'eval_ro',
  summary: 'Runs a script in Lua that writes nothing.',
  since: '7.0.0',
  run: (context) => runScript(context, true),
});

export const evaluateCached = defineCommand({
  ...bySha1,
  ...writing,
  name: 'evalsha',
  summary: 'Runs a cached script, named by its SHA-1.',
  since: '2.6.0',
  keys: keysAfterCount(null, 'RW', 'access', 'update'),
  run: (context) => runCached(context, false),
});

export const evaluateCachedReadOnly = defineCommand({
  ...bySha1,
  ...reading,
  name: 'evalsha_ro',
  summary: 'Runs a cached script that writes nothing, named by its SHA-1.',
  since: '7.0.0',
  keys: keysAfterCount(null, 'RO', 'access'),
  run: (context) => runCached(context, true),
});

export const fcall = defineCommand({
  ...byName,
  ...writing,
  name: 'fcall',
  summary: 'Calls a function of a library.',
  since: '7.0.0',
  run: (context) => runFunction(context, false),
});

export const fcallReadOnly = defineCommand({
  ...byName,
  ...reading,
  name: 'fcall_ro',
  summary: 'Calls a function of a library that writes nothing.',
  since: '7.0.0',
  run: (context) => runFunction(context, true),
});

function keysAfterCount(notes: string | null, ...flags: KeyFlag[]): readonly KeySpec[] {
  const spec: KeySpec = { flags, search: { index: KEY_COUNT }, find: { countAt: 0, firstAt: 1, step: 1 } };
  return [notes === null ? spec : { ...spec, notes }];
}

/** A debugging session: nothing else happens until it has ended, and the client is disconnected then. */
function debugScript(context: CommandContext, isReadOnly: boolean): void {
  const { args, server, session } = context;
  const mode = session.scriptDebugging;
  session.scriptDebugging = 'off';
  if (mode === 'refused') throw noForkedSessions;
  const client = session.transport.openDialogue();
  if (client === null) throw noDialogue;
  server.log('warning', 'Redis synchronous debugging eval session started');
  server.scripts.beginDebugging(args.at(1), client);
  try {
    evaluateScript(context, isReadOnly);
  } finally {
    server.scripts.endDebugging();
    server.log('warning', 'Redis synchronous debugging eval session ended');
    session.closeAfterReply();
  }
}

function runScript(context: CommandContext, isReadOnly: boolean): void {
  if (context.session.scriptDebugging === 'off') evaluateScript(context, isReadOnly);
  else debugScript(context, isReadOnly);
}

function evaluateScript(context: CommandContext, isReadOnly: boolean): void {
  const { args, server } = context;
  const keyCount = checkedCount(context, context.integer(KEY_COUNT));
  const script = server.scripts.define(args.at(1));
  if (script instanceof ReplyError) throw script;
  server.scriptRuns.start(context, script, FIRST_KEY, keyCount, isReadOnly);
}

function runCached(context: CommandContext, isReadOnly: boolean): void {
  const { args, server } = context;
  // A name that can't be one is refused before anything else is looked at.
  if (args.at(1).length !== 40) throw errors.noScript;
  if (context.session.scriptDebugging !== 'off') throw onlyEval;
  const keyCount = checkedCount(context, context.integer(KEY_COUNT));
  const script = server.scripts.scriptOf(args.at(1));
  if (script === null) throw errors.noScript;
  server.scriptRuns.start(context, script, FIRST_KEY, keyCount, isReadOnly);
}

function runFunction(context: CommandContext, isReadOnly: boolean): void {
  const { args, server } = context;
  const script = server.scripts.functionOf(args.at(1));
  if (script === null) throw noFunction;
  const keyCount = checkedCount(context, context.integer(KEY_COUNT, badKeyCount));
  server.scriptRuns.start(context, script, FIRST_KEY, keyCount, isReadOnly);
}

function checkedCount({ args }: CommandContext, count: number | bigint): number {
  if (count > args.count - FIRST_KEY) throw errors.numkeysTooBig;
  if (count < 0) throw errors.numkeysNegative;
  return Number(count);
}
