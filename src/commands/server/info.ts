import { defineCommand } from '../../dispatch/define-command.ts';
import type { Args } from '../../protocol/args.ts';
import { commandStatsSection, errorStatsSection, latencyStatsSection } from './info/commands.ts';
import { type InfoSection, InfoText } from './info/info-text.ts';
import { keyspaceSection } from './info/keyspace.ts';
import { memorySection } from './info/memory.ts';
import { persistenceSection } from './info/persistence.ts';
import { replicationSection } from './info/replication.ts';
import { clientsSection, clusterSection, modulesSection, serverSection } from './info/server.ts';
import { cpuSection, debugSection, statsSection } from './info/stats.ts';

/** The sections in the order in which they are shown. */
const SECTIONS: readonly InfoSection[] = [
  serverSection,
  clientsSection,
  memorySection,
  persistenceSection,
  statsSection,
  replicationSection,
  cpuSection,
  modulesSection,
  commandStatsSection,
  errorStatsSection,
  latencyStatsSection,
  clusterSection,
  keyspaceSection,
  debugSection,
];

export const info = defineCommand({
  name: 'info',
  summary: 'Returns information and statistics about the server.',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  history: [['7.0.0', 'Takes several sections.']],
  syntax: '[section [section ...]]',
  arity: -1,
  flags: ['loading', 'stale'],
  acl: ['dangerous'],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  run({ args, reply, server }) {
    const text = new InfoText();
    for (const section of chosenSections(args)) {
      text.section(section.title);
      section.write(server, text);
    }
    reply.verbatim('txt', text.value);
  },
});

/** The sections that are asked for; names that are none ask for nothing. */
function chosenSections(args: Args): readonly InfoSection[] {
  const names = new Set<string>();
  for (let i = 1; i < args.count; i++) names.add(args.at(i).toLatin1().toLowerCase());
  const all = names.has('all') || names.has('everything');
  const defaults = args.count === 1 || names.has('default');
  return SECTIONS.filter(({ names: own, shown }) => {
    if (own.some((name) => names.has(name))) return true;
    return (all && shown !== 'by-name') || (defaults && shown === 'by-default');
  });
}
