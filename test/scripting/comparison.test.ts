/**
 * Scripts and functions against real Redis: fixed questions, and values made from a seed (`SCRIPT_SEED`) that go through
 * the libraries of scripts.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { families } from '../../src/commands/index.ts';
import { Xoshiro128 } from '../../src/lib/random.ts';
import { comparisonOf } from '../differential/comparison.ts';
import { Generator } from '../differential/generator.ts';
import { rounds } from '../support/long-tests.ts';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import type { RespClient } from '../support/resp-client.ts';
import { startRespd } from '../support/respd-server.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { LuaValues } from './lua-values.ts';
import { ProgramGenerator } from './program-generator.ts';
import { libraries, scripts } from './scripts.ts';

const seed = Number(process.env['SCRIPT_SEED'] ?? (process.env['CI'] === 'true' ? 1 : Date.now() % 1_000_000));
/** Values per library. */
const ROUNDS = 600;
const BATCH = 100;
/** Programs; the long form takes some minutes. */
const PROGRAMS = rounds(400, 40_000);

const functionNames = ['f', 'F', 'upper', 'reads', 'cheats', 'g', 'h', 'i', 'm', 'n', 'o', 'p', 'q', 'r', 'none'];

type Command = readonly (string | Buffer)[];

describe.skipIf(!hasReferenceRedis)('scripts and Redis', () => {
  let servers: readonly ServerProcess[];
  let clients: readonly RespClient[];

  beforeAll(async () => {
    servers = await Promise.all([startRedis(), startRespd()]);
    clients = await Promise.all(servers.map((server) => server.connect()));
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });

  async function compare(commands: readonly Command[]): Promise<void> {
    for (let from = 0; from < commands.length; from += BATCH) {
      const batch = commands.slice(from, from + BATCH);
      const [theirs, ours] = await Promise.all(clients.map((client) => client.send(batch)));
      for (const [index, command] of batch.entries()) {
        const question = command.map((word) => word.toString('latin1')).join(' ');
        const answer = Buffer.from(ours[index]).toString('latin1');
        expect(answer, `seed ${seed}: ${question}`).toBe(Buffer.from(theirs[index]).toString('latin1'));
      }
    }
  }

  const evaluation = (script: string): Command => ['EVAL', Buffer.from(script, 'latin1'), '2', 'k1', 'k2', 'a1', 'a2'];

  for (const protocol of ['2', '3']) {
    it(`answer the same to the same questions in RESP${protocol}`, async () => {
      await compare([['FLUSHALL']]);
      await Promise.all(clients.map((client) => client.call('HELLO', protocol)));
      await compare(scripts.map(evaluation));
      await Promise.all(clients.map((client) => client.call('HELLO', '2')));
    });
  }

  it('load the same libraries, and call the same functions', async () => {
    await compare([['FLUSHALL'], ['FUNCTION', 'FLUSH']]);
    await compare(libraries.map((library) => ['FUNCTION', 'LOAD', library]));
    // One that fails leaves nothing behind that the functions of others would see.
    await compare([['FUNCTION', 'LOAD', libraries[6]]]);
    await compare(functionNames.map((name) => ['FCALL', name, '1', 'key', 'argument']));
    await compare(functionNames.map((name) => ['FCALL_RO', name, '1', 'key', 'argument']));
    const dumps = await Promise.all(clients.map((client) => client.raw('FUNCTION', 'DUMP')));
    const payloads = dumps.map((dump) => dump.subarray(dump.indexOf('\n') + 1, -2));
    // Each must read what the other has written.
    await clients[0].call('FUNCTION', 'RESTORE', payloads[1], 'FLUSH');
    await clients[1].call('FUNCTION', 'RESTORE', payloads[0], 'FLUSH');
    await compare([
      ['FUNCTION', 'LIST', 'LIBRARYNAME', 'RO'],
      ['FUNCTION', 'LIST', 'LIBRARYNAME', 'l1', 'WITHCODE'],
      ['FUNCTION', 'RESTORE', 'nonsense'],
      ['FUNCTION', 'STATS'],
      ['FUNCTION', 'DELETE', 'none'],
      ['FUNCTION', 'DELETE', 'l1'],
      ['FCALL', 'f', '0'],
      ['FUNCTION', 'LOAD', 'REPLACE', libraries[3]],
      ['FUNCTION', 'LOAD', 'TWICE', libraries[3]],
      ['FUNCTION', 'STATS'],
      ['FUNCTION', 'FLUSH', 'SOON'],
      ['FUNCTION', 'FLUSH', 'ASYNC'],
      ['FUNCTION', 'LIST'],
    ]);
  });

  const evaluations = (make: (values: LuaValues) => string): readonly Command[] => {
    const values = new LuaValues(new Xoshiro128(seed));
    return Array.from({ length: ROUNDS }, () => evaluation(make(values)));
  };

  it('encode the same JSON', async () => {
    await compare(evaluations((values) => `return cjson.encode(${values.value(3)})`));
  });

  it('decode the same JSON', async () => {
    await compare(evaluations((values) => `return cjson.encode(cjson.decode(${values.quoted(values.json(3))}))`));
  });

  it('pack and unpack the same MessagePack', async () => {
    await compare(evaluations((values) => `return cmsgpack.pack(${values.value(3)}, ${values.value(1)})`));
    await compare(evaluations((values) => `return cjson.encode({cmsgpack.unpack(cmsgpack.pack(${values.value(3)}))})`));
    await compare(evaluations((values) => `return cjson.encode({cmsgpack.unpack(${values.quoted(values.bytes())})})`));
  });

  it('pack and unpack the same structures', async () => {
    await compare(
      evaluations((values) => {
        const { format, list } = values.structure();
        return `local p = struct.pack('${format}', ${list}) return {p, cjson.encode({struct.unpack('${format}', p)})}`;
      }),
    );
  });

  it('shift the same bits', async () => {
    await compare(evaluations((values) => `return ${values.bitOperation()}`));
  });

  it('run the same programs', async () => {
    await compare([['FLUSHALL']]);
    // Redis's SORT may take numbers for none after any number out of range.
    const commands = new Generator(
      families.flat().filter(({ name }) => !name.startsWith('sort')),
      seed,
    );
    const random = new Xoshiro128(seed);
    const generator = new ProgramGenerator(random, () => {
      for (;;) {
        const [step, ...others] = commands.next();
        // What may differ, and what depends on a session or a moment, is left to the comparison of commands.
        if (others.length > 0 || step.kind !== 'plain' || comparisonOf(step.name) !== null) continue;
        return step.command.map((word) => generator.values.quoted(Buffer.from(String(word)).toString('latin1')));
      }
    });
    for (let left = PROGRAMS; left > 0; left -= BATCH) {
      await compare(Array.from({ length: Math.min(left, BATCH) }, () => evaluation(generator.bounded())));
    }
  }, 3_600_000);

  it('answer the same values', async () => {
    await compare(evaluations((values) => `return ${values.value(3)}`));
    await compare(evaluations((values) => `return redis.call('echo', ${values.number()})`));
    await compare(evaluations((values) => `return tostring(${values.number()})`));
  });
});
