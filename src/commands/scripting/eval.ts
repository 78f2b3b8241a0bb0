/**
 * EVAL, EVALSHA, FCALL, and their read-only forms.
 */
import type { CommandFlag, KeyFlag, KeySpec } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { Runnable, ScriptService } from '../../dispatch/script-service.ts';
import type { Args } from '../../protocol/args.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';

const KEY_COUNT = 2;
const FIRST_KEY = 3;

const BOTH: readonly CommandFlag[] = ['noscript', 'skip_monitor', 'no_mandatory_keys', 'stale'];
const WRITING: readonly CommandFlag[] = [...BOTH, 'may_replicate'];
const READING: readonly CommandFlag[] = [...BOTH, 'readonly'];

const noFunction = new ReplyError('ERR Function not found');
const badKeyCount = new ReplyError('ERR Bad number of keys provided');

function keysAfterCount(notes: string | null, ...flags: KeyFlag[]): readonly KeySpec[] {
  const spec: KeySpec = { flags, search: { index: KEY_COUNT }, find: { countAt: 0, firstAt: 1, step: 1 } };
  return [notes === null ? spec : { ...spec, notes }];
}

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

export const evaluate = defineCommand({
  name: 'eval',
  summary: 'Runs a script in Lua.',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'Depends on the script that is executed.',
  syntax: 'script numkeys [key [key ...]] [arg [arg ...]]',
  arity: -3,
  flags: WRITING,
  keys: keysAfterCount(
    'We cannot tell how the keys will be used so we assume the worst, RW and UPDATE',
    'RW',
    'access',
    'update',
  ),
  script: evaluating,
  run: (context) => runScript(context, false),
});

export const evaluateReadOnly = defineCommand({
  name: 'eval_ro',
  summary: 'Runs a script in Lua that writes nothing.',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'Depends on the script that is executed.',
  syntax: 'script numkeys [key [key ...]] [arg [arg ...]]',
  arity: -3,
  flags: READING,
  keys: keysAfterCount(
    'We cannot tell how the keys will be used so we assume the worst, RO and ACCESS',
    'RO',
    'access',
  ),
  script: evaluating,
  run: (context) => runScript(context, true),
});

export const evaluateCached = defineCommand({
  name: 'evalsha',
  summary: 'Runs a cached script, named by its SHA-1.',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'Depends on the script that is executed.',
  syntax: 'sha1 numkeys [key [key ...]] [arg [arg ...]]',
  arity: -3,
  flags: WRITING,
  keys: keysAfterCount(null, 'RW', 'access', 'update'),
  script: cached,
  run: (context) => runCached(context, false),
});

export const evaluateCachedReadOnly = defineCommand({
  name: 'evalsha_ro',
  summary: 'Runs a cached script that writes nothing, named by its SHA-1.',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'Depends on the script that is executed.',
  syntax: 'sha1 numkeys [key [key ...]] [arg [arg ...]]',
  arity: -3,
  flags: READING,
  keys: keysAfterCount(null, 'RO', 'access'),
  script: cached,
  run: (context) => runCached(context, true),
});

export const fcall = defineCommand({
  name: 'fcall',
  summary: 'Calls a function of a library.',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'Depends on the function that is executed.',
  syntax: 'function numkeys [key [key ...]] [arg [arg ...]]',
  arity: -3,
  flags: WRITING,
  keys: keysAfterCount(
    'We cannot tell how the keys will be used so we assume the worst, RW and UPDATE',
    'RW',
    'access',
    'update',
  ),
  script: called,
  run: (context) => runFunction(context, false),
});

export const fcallReadOnly = defineCommand({
  name: 'fcall_ro',
  summary: 'Calls a function of a library that writes nothing.',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'Depends on the function that is executed.',
  syntax: 'function numkeys [key [key ...]] [arg [arg ...]]',
  arity: -3,
  flags: READING,
  keys: keysAfterCount(
    'We cannot tell how the keys will be used so we assume the worst, RO and ACCESS',
    'RO',
    'access',
  ),
  script: called,
  run: (context) => runFunction(context, true),
});

function runScript(context: CommandContext, isReadOnly: boolean): void {
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
