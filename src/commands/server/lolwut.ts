import { defineCommand } from '../../dispatch/define-command.ts';
import type { Random } from '../../lib/random.ts';
import { REDIS_VERSION } from '../../lib/version.ts';

const COLUMNS = 48;
const ROWS = 12;

export const lolwut = defineCommand({
  name: 'lolwut',
  summary: "Returns a piece of computer art and the server's version.",
  since: '5.0.0',
  group: 'server',
  syntax: '[VERSION version]',
  arity: -1,
  flags: ['readonly', 'fast'],
  run(context) {
    const { args, reply, server } = context;
    // There is one piece for all versions.
    if (args.count >= 3 && args.at(1).equalsIgnoreCase('version')) context.integer(2);
    reply.verbatim('txt', `${maze(server.random)}\nRedis ver. ${REDIS_VERSION}\n`);
  },
});

/** Diagonals that fall one way or the other by chance, after the program of one line that every C64 came with. */
function maze(random: Random): string {
  let text = '';
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) text += random.below(2) === 0 ? '╱' : '╲';
    text += '\n';
  }
  return text;
}
