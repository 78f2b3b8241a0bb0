/** INFO's replication section. */
import type { InfoSection } from './info-text.ts';

export const replicationSection: InfoSection = {
  names: ['replication'],
  title: 'Replication',
  shown: 'by-default',
  write({ config, state }, text) {
    text.field('role', 'master');
    text.field('connected_slaves', 0);
    text.field('master_failover_state', 'no-failover');
    text.field('master_replid', state.replicationId);
    text.field('master_replid2', '0'.repeat(40));
    text.field('master_repl_offset', 0);
    text.field('second_repl_offset', -1);
    text.field('repl_backlog_active', 0);
    text.field('repl_backlog_size', config.get('repl-backlog-size'));
    text.field('repl_backlog_first_byte_offset', 0);
    text.field('repl_backlog_histlen', 0);
  },
};
