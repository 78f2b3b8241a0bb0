import { defineCommand } from '../../dispatch/define-command.ts';
import { randomHex } from '../../lib/random.ts';
import { errors } from '../../protocol/errors.ts';

const DEFAULT_BITS = 256;
const MAX_BITS = 4096;

export const genpass = defineCommand({
  name: 'genpass',
  summary: 'Returns a random password that nobody can guess.',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: '[bits:integer]',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  run(context) {
    const { args, reply } = context;
    if (args.count > 3) throw errors.subcommandSyntax(args.at(0), args.at(1));
    const bits = args.count === 3 ? context.position(2) : DEFAULT_BITS;
    if (bits <= 0 || bits > MAX_BITS) throw errors.genpassBits;
    reply.text(randomHex(Math.ceil(bits / 4)));
  },
});
