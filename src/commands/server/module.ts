/**
 * MODULE: modules of Redis are programs for its own process, so there are none here. Clients that ask for them learn
 * that, and what would load one is refused as Redis refuses what it can't load.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { helpCommand } from '../../dispatch/help.ts';
import { ReplyError } from '../../protocol/reply-error.ts';

const NOT_LOADED = new ReplyError('ERR Error loading the extension. Please check the server logs.');
const NO_SUCH_MODULE = new ReplyError('ERR Error unloading module: no such module with that name');

const help = helpCommand({ since: '5.0.0', group: 'server' }, [
  'LIST',
  '    Show the modules that are loaded: none.',
  'LOAD <path> [<arg> ...]',
  '    Load a module of Redis, which this server cannot.',
  'LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]',
  '    Load a module of Redis, which this server cannot.',
  'UNLOAD <name>',
  '    Unload a module.',
]);

const list = defineCommand({
  name: 'list',
  summary: 'Returns the modules that are loaded: none.',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['admin', 'noscript'],
  tips: ['nondeterministic_output_order'],
  run({ reply }) {
    reply.array(0);
  },
});

const load = defineCommand({
  name: 'load',
  summary: 'Refuses to load a module of Redis.',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: 'path [arg [arg ...]]',
  arity: -3,
  flags: ['no_async_loading', 'admin', 'noscript'],
  enabledBy: 'enable-module-command',
  run: refuse,
});

const loadex = defineCommand({
  name: 'loadex',
  summary: 'Refuses to load a module of Redis.',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: 'path [CONFIG name value [CONFIG name value ...]] [ARGS arg [arg ...]]',
  arity: -3,
  flags: ['no_async_loading', 'admin', 'noscript'],
  enabledBy: 'enable-module-command',
  run: refuse,
});

function refuse({ args, server }: CommandContext): void {
  server.log('warning', `Module ${args.at(2).toString()} is not loaded: modules of Redis can not be`);
  throw NOT_LOADED;
}

const unload = defineCommand({
  name: 'unload',
  summary: 'Refuses to unload a module, since there is none.',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: 'name',
  arity: 3,
  flags: ['no_async_loading', 'admin', 'noscript'],
  enabledBy: 'enable-module-command',
  run() {
    throw NO_SUCH_MODULE;
  },
});

export const moduleCommand = defineCommand({
  name: 'module',
  summary: 'A container for commands about modules.',
  since: '4.0.0',
  group: 'server',
  complexity: 'Depends on subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [help, list, load, loadex, unload],
});
