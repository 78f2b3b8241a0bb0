import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { ShutdownRequest } from '../../dispatch/server-services.ts';
import { BUSY } from '../../dispatch/server-state.ts';
import type { Args } from '../../protocol/args.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';

export const shutdown = defineCommand({
  name: 'shutdown',
  summary: 'Saves the data set, where saving is configured, and stops the server.',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of keys, when they are saved, else O(1)',
  history: [['7.0.0', 'Added the NOW, FORCE and ABORT modifiers.']],
  syntax: '[NOSAVE | SAVE] [NOW] [FORCE] [ABORT]',
  arity: -1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
  run(context) {
    const { args, reply, server } = context;
    const request = readRequest(args);
    if (request === 'abort') {
      if (!server.abortShutdown()) throw errors.noShutdown;
      reply.ok();
      return;
    }
    if (!request.now && !context.mayBlock) {
      throw new ReplyError("ERR SHUTDOWN without NOW or ABORT isn't allowed for DENY BLOCKING client");
    }
    if (request.save !== 'nosave' && server.state.is(BUSY)) throw server.scriptRuns.busyError;
    waitForEnd(context, request);
  },
});

function readRequest(args: Args): ShutdownRequest | 'abort' {
  let save: ShutdownRequest['save'] = 'default';
  let now = false;
  let force = false;
  let abort = false;
  for (let i = 1; i < args.count; i++) {
    const word = args.at(i);
    if (word.equalsIgnoreCase('nosave') && save !== 'save') save = 'nosave';
    else if (word.equalsIgnoreCase('save') && save !== 'nosave') save = 'save';
    else if (word.equalsIgnoreCase('now')) now = true;
    else if (word.equalsIgnoreCase('force')) force = true;
    else if (word.equalsIgnoreCase('abort')) abort = true;
    else throw errors.syntax;
  }
  if (!abort) return { save, now, force };
  if (save !== 'default' || now || force) throw errors.syntax;
  return 'abort';
}

/** The client gets no answer but the end of its connection, unless the server goes on. */
function waitForEnd({ reply, server, session }: CommandContext, request: ShutdownRequest): void {
  session.suspend();
  server.shutdown(request).then((reason) => {
    server.log('warning', `The server was not shut down: ${reason}`);
    server.stats.countError(errors.shutdownFailed.code);
    reply.error(errors.shutdownFailed);
    session.resume();
  });
}
