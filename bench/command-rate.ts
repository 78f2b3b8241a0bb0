/** How fast a server executes commands, as it says itself: for loads that go on by themselves. */
import type { ServerProcess } from './server-process.ts';

/** Commands per second while `action` runs. */
export async function commandRate(server: ServerProcess, action: () => Promise<unknown>): Promise<number> {
  const processed = async () => numberOf(await server.info('stats'), 'total_commands_processed');
  const before = await processed();
  const begun = performance.now();
  await action();
  const after = await processed();
  return ((after - before) * 1000) / (performance.now() - begun);
}

/** A field of INFO that is a number. */
export function numberOf(fields: ReadonlyMap<string, string>, name: string): number {
  const value = Number(fields.get(name));
  if (!Number.isFinite(value)) throw new Error(`INFO has no ${name}`);
  return value;
}
