/** DEBUG RELOAD and LOADAOF: load the data set again from what is on disk, all at once. */
import { LOADING } from '../../../dispatch/server-state.ts';
import { errors } from '../../../protocol/errors.ts';
import { ReplyError } from '../../../protocol/reply-error.ts';
import type { DebugSubcommand } from './debug-subcommand.ts';

const UNKNOWN_OPTION = new ReplyError('ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.');
const LOAD_AOF_FAILED = new ReplyError('ERR Error trying to load the AOF files, check server logs.');
const LOAD_FAILED = new ReplyError('ERR Error trying to load the RDB dump');

export const reloadSubcommand: DebugSubcommand = {
  usage: '[NOSAVE] [NOFLUSH] [MERGE]',
  help: 'Save the data set and load it again. NOSAVE loads the file that is there, NOFLUSH in addition to the keys that are there, MERGE in place of those of the same names.',
  words: [2, Number.POSITIVE_INFINITY],
  run({ args, reply, server }) {
    let saves = true;
    let keeps = false;
    let overwrites = false;
    for (let i = 2; i < args.count; i++) {
      const word = args.at(i);
      if (word.equalsIgnoreCase('nosave')) saves = false;
      else if (word.equalsIgnoreCase('noflush')) keeps = true;
      else if (word.equalsIgnoreCase('merge')) overwrites = true;
      else throw UNKNOWN_OPTION;
    }
    if (server.state.is(LOADING)) throw errors.loading;
    if (saves && !server.persistence.saveAtOnce()) throw errors.failed;
    if (!server.loader.reload({ keeps, overwrites })) throw LOAD_FAILED;
    server.log('warning', 'DB reloaded by DEBUG RELOAD');
    reply.ok();
  },
};

export const loadAofSubcommand: DebugSubcommand = {
  usage: '',
  help: 'Bring the append-only file to the disk and load it again.',
  words: [2, 2],
  run({ mayBlock, server, session }) {
    if (server.state.is(LOADING)) throw errors.loading;
    if (!mayBlock) throw errors.noMulti;
    session.suspend();
    void server.reloadAppendOnly().then((loaded) => {
      if (session.closed) return;
      if (loaded) session.reply.ok();
      else session.reply.error(LOAD_AOF_FAILED);
      session.resume();
    });
  },
};
