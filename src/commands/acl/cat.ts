import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';

export const cat = defineCommand({
  name: 'cat',
  summary: 'Returns the categories of commands, or the commands of one.',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(1), since categories and commands are given',
  syntax: '[categoryname]',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  run({ args, reply, server }) {
    if (args.count > 3) throw errors.subcommandSyntax(args.at(0), args.at(1));
    const { index } = server.acl;
    if (args.count === 2) {
      reply.array(index.categories.length);
      for (const { name } of index.categories) reply.text(name);
      return;
    }
    const category = index.category(args.at(2).toLatin1());
    if (category === undefined) throw errors.unknownCategory(args.at(2));
    reply.array(category.members.length);
    for (const { fullName } of category.members) reply.text(fullName);
  },
});
