/** INFO's keyspace section. */
import type { InfoSection } from './info-text.ts';

export const keyspaceSection: InfoSection = {
  names: ['keyspace'],
  title: 'Keyspace',
  shown: 'by-default',
  write({ keyspace }, text) {
    for (const { index, size, expiring, averageTtlMs } of keyspace.databases) {
      if (size === 0) continue;
      text.field(`db${index}`, `keys=${size},expires=${expiring},avg_ttl=${Math.trunc(averageTtlMs)}`);
    }
  },
};
