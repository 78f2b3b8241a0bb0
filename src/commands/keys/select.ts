import { defineCommand } from '../../dispatch/define-command.ts';
import { readDatabase } from './database-number.ts';

export const select = defineCommand({
  name: 'select',
  summary: 'Chooses the database that the connection works with.',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(1)',
  syntax: 'index',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  run(context) {
    context.session.database = readDatabase(context, 1);
    context.reply.ok();
  },
});
