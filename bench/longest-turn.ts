/** The longest stretch of work of respd's event loop, as the server times it. Redis does not report one. */
import type { Metric } from './measurement.ts';
import type { ServerProcess } from './server-process.ts';

export const longestTurnMetrics = [
  { id: 'turn', label: 'longest turn', unit: 'ms', better: 'less' },
  { id: 'turn-clock', label: 'longest turn by the clock', unit: 'ms', better: 'less' },
] as const satisfies readonly Metric[];

/** What the metrics are, as the end of a sentence. */
export const ABOUT_LONGEST_TURN = `the longest that respd's event loop was held, without what its thread waited for a
processor that others had (\`eventloop_longest_running_us\`), and by the clock (\`eventloop_longest_us\`)`;

export interface LongestTurn {
  /** Without what the thread waited for a processor, which the load and the server's other threads want too. */
  readonly runningMs: number;
  readonly clockMs: number;
}

/** Since CONFIG RESETSTAT; null for Redis. */
export async function longestTurn(server: ServerProcess): Promise<LongestTurn | null> {
  const fields = await server.info('debug');
  const clockUs = fields.get('eventloop_longest_us');
  if (clockUs === undefined) return null;
  return { clockMs: Number(clockUs) / 1000, runningMs: Number(fields.get('eventloop_longest_running_us')) / 1000 };
}
