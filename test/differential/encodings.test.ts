/**
 * Hashes and sets against real Redis, with limits so low that they change their form all the time, and with the
 * default ones. How each key is encoded is asked after every few commands.
 *
 * `DIFF_SEED` repeats a run, `DIFF_COMMANDS` sets its length.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { families } from '../../src/commands/index.ts';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { startRespd } from '../support/respd-server.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { Generator, type Step } from './generator.ts';
import { type Peer, runDifferential } from './runner.ts';

const seed = Number(process.env['DIFF_SEED'] ?? (process.env['CI'] === 'true' ? 1 : Date.now() % 1_000_000));
const commands = Number(process.env['DIFF_COMMANDS'] ?? (process.env['CI'] === 'true' ? 30_000 : 6000));

const LOW = { 'hash-max-listpack-entries': 3, 'hash-max-listpack-value': 6, 'set-max-intset-entries': 3 };
const DEFAULT = { 'hash-max-listpack-entries': 512, 'hash-max-listpack-value': 64, 'set-max-intset-entries': 512 };

const TYPES = ['hash', 'set'];
const KEY_COMMANDS = ['copy', 'del', 'expire', 'persist', 'rename', 'set', 'type'];

/** Asks for the encoding of the keys that a command names, as often as not. */
class Inquisitive extends Generator {
  private asked = 0;

  override next(): readonly Step[] {
    const steps = super.next();
    return ++this.asked % 2 === 0 ? steps : steps.flatMap((step) => [step, ...inquiries(step)]);
  }
}

function inquiries({ command }: Step): Step[] {
  const keys = command.slice(1).filter((word) => typeof word === 'string' && word.startsWith('key:'));
  return keys.map((key) => ({ name: 'object encoding', kind: 'plain', command: ['OBJECT', 'ENCODING', key] }));
}

async function peer(server: ServerProcess, limits: Readonly<Record<string, number>>): Promise<Peer> {
  const client = await server.connect();
  await client.call('FLUSHALL');
  await client.call('CONFIG', 'SET', ...Object.entries(limits).flatMap(([name, value]) => [name, String(value)]));
  return { name: server.name, send: (batch) => client.send(batch) };
}

describe.skipIf(!hasReferenceRedis)('hashes and sets are encoded as in Redis', () => {
  let redis: ServerProcess;
  let respd: ServerProcess;
  const specs = families.flat().filter(({ name, group }) => TYPES.includes(group) || KEY_COMMANDS.includes(name));

  beforeAll(async () => {
    [redis, respd] = await Promise.all([startRedis(), startRespd()]);
  });
  afterAll(async () => {
    await Promise.all([redis?.stop(), respd?.stop()]);
  });

  it.each([
    ['low', LOW],
    ['default', DEFAULT],
  ])('with %s limits', { timeout: 30_000 + commands * 5 }, async (_name, limits) => {
    const [a, b] = [await peer(redis, limits), await peer(respd, limits)];
    await runDifferential(new Inquisitive(specs, seed), a, b, { seed, commands });
  });
});
