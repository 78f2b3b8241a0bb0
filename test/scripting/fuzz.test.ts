/**
 * Random programs that loop without end, recurse, take all memory and raise errors: the server stays up and answers, and
 * what they took comes back. `SCRIPT_SEED` repeats a run; `npm run test:long` makes a long one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { families } from '../../src/commands/index.ts';
import { Config } from '../../src/config/config.ts';
import { Engine } from '../../src/engine.ts';
import { Xoshiro128 } from '../../src/lib/random.ts';
import { ParanoidHeap } from '../../src/memory/paranoid-heap.ts';
import { Args } from '../../src/protocol/args.ts';
import { CaptureWriter, type PlainValue, toPlain } from '../../src/protocol/capture-writer.ts';
import { ReplyError } from '../../src/protocol/reply-error.ts';
import { Generator } from '../differential/generator.ts';
import { rounds } from '../support/long-tests.ts';
import { startRespd } from '../support/respd-server.ts';
import { ProgramGenerator } from './program-generator.ts';

const seed = Number(process.env['SCRIPT_SEED'] ?? (process.env['CI'] === 'true' ? 1 : Date.now() % 1_000_000));

/** What an interpreter may keep of memory between scripts. */
const KEPT_BYTES = 80 * 1024 * 1024;
const LONG_MS = 3_600_000;

function programs(number: number): ProgramGenerator {
  const commands = new Generator(families.flat(), number);
  const generator: ProgramGenerator = new ProgramGenerator(new Xoshiro128(number), () => {
    const [step] = commands.next();
    return step.command.map((word) => generator.values.quoted(Buffer.from(String(word)).toString('latin1')));
  });
  return generator;
}

/** An engine whose scripts are killed as soon as they take too long. */
class Subject {
  readonly engine: Engine;
  kills = 0;
  private readonly other: Client;
  private readonly client: Client;

  constructor() {
    const config = Config.defaults();
    config.override('busy-reply-threshold', 10);
    const heap = new ParanoidHeap();
    this.engine = new Engine({ config, heap, random: new Xoshiro128(seed), pollClients: () => this.kill() });
    this.client = new Client(this.engine);
    this.other = new Client(this.engine);
  }

  /** Runs a command to its end; a script that takes too long is killed, unless it has written. */
  async run(...words: string[]): Promise<PlainValue> {
    let reply = this.client.send(...words);
    while (reply === undefined) {
      this.kill();
      await sleep(1);
      reply = this.client.taken();
    }
    return reply;
  }

  private kill(): void {
    expect(this.other.send('GET', 'k')).toMatch(/^BUSY /);
    const answer = this.other.send('SCRIPT', 'KILL');
    if (answer === 'OK') this.kills++;
    else expect(answer).toMatch(/^UNKILLABLE /);
  }
}

class Client {
  private readonly writer = new CaptureWriter(2);
  private readonly engine: Engine;
  private readonly session;

  constructor(engine: Engine) {
    this.engine = engine;
    this.session = engine.openSession(this.writer);
  }

  send(...words: string[]): PlainValue | undefined {
    this.engine.execute(this.session, Args.of(...words.map((word) => Buffer.from(word, 'latin1'))));
    return this.taken();
  }

  taken(): PlainValue | undefined {
    if (this.session.suspended) return undefined;
    const reply = this.writer.take();
    return reply instanceof ReplyError ? reply.line : toPlain(reply, { encoding: 'utf8' });
  }
}

/** A script whose answer shows whether an interpreter still works. */
const SOUND = `local t = {} for i = 1, 50 do t[i] = string.format('%d', i) end
table.sort(t, function(a, b) return tonumber(a) < tonumber(b) end)
redis.call('set', 'sound', table.concat(t, ','))
return {#KEYS, select(2, pcall(error, 'e', 0)), coroutine.wrap(function() return redis.call('strlen', 'sound') end)()}`;

it(
  'programs that end leave a sound server',
  async () => {
    const subject = new Subject();
    const generator = programs(seed);
    for (let round = rounds(100, 20_000); round > 0; round--) {
      const program = generator.bounded();
      await subject.run('EVAL', program, '2', 'k1', 'k2', 'a1', 'a2');
      if (round % 50 > 0) continue;
      await subject.run('SELECT', '0');
      expect(await subject.run('EVAL', SOUND, '0'), `seed ${seed}: after ${program}`).toEqual([0, 'e', 140]);
      subject.engine.keyspace.verify();
    }
  },
  LONG_MS,
);

it(
  'programs that never end are killed wherever they are',
  async () => {
    const subject = new Subject();
    const generator = programs(seed);
    const total = rounds(20, 4000);
    for (let round = 0; round < total; round++) {
      const program = generator.endless();
      const reply = await subject.run('EVAL', program, '0');
      expect(reply, `seed ${seed}: ${program}`).toMatch(
        /^ERR (Script killed by user|Error running script|Error compiling)/,
      );
    }
    expect(subject.kills).toBeGreaterThanOrEqual(total * 0.9);
    expect(await subject.run('EVAL', SOUND, '0')).toEqual([0, 'e', 140]);
    await subject.run('SCRIPT', 'FLUSH');
    for (let i = 0; i < 200; i++) await subject.run('EVAL', 'return {}', '0');
    expect(subject.engine.scripts.memory.evalBytes).toBeLessThan(2 * 1024 * 1024);
    subject.engine.keyspace.verify();
  },
  LONG_MS,
);

it(
  'programs that take all there is fail, and give it back',
  async () => {
    const subject = new Subject();
    const generator = programs(seed);
    for (let round = rounds(4, 400); round > 0; round--) {
      const program = generator.greedy();
      const reply = await subject.run('EVAL', program, '0');
      expect(reply, `seed ${seed}: ${program}`).toBeDefined();
      expect(subject.engine.scripts.memory.evalBytes, `seed ${seed}: after ${program}`).toBeLessThan(KEPT_BYTES);
      expect(await subject.run('EVAL', SOUND, '0'), `seed ${seed}: after ${program}`).toEqual([0, 'e', 140]);
    }
    await subject.run('FLUSHALL');
    subject.engine.keyspace.verify();
  },
  LONG_MS,
);

it(
  'a server that is sent all of them answers its clients',
  async () => {
    await using server = await startRespd({ config: { 'busy-reply-threshold': '10' } });
    const [client, other] = [await server.connect(), await server.connect()];
    await other.call('PING');
    const generator = programs(seed + 1);
    for (let round = rounds(24, 3000); round > 0; round--) {
      const program =
        round % 12 === 0 ? generator.greedy() : round % 2 === 0 ? generator.endless() : generator.bounded();
      let isRunning = true;
      const reply = client.raw('EVAL', Buffer.from(program, 'latin1'), 2, 'k1', 'k2').finally(() => {
        isRunning = false;
      });
      while (isRunning) {
        const [pong, killed] = await other.send([['PING'], ['SCRIPT', 'KILL']]);
        expect(pong.toString(), `seed ${seed}: ${program}`).toMatch(/^(\+PONG|-BUSY)/);
        expect(killed.toString(), `seed ${seed}: ${program}`).toMatch(/^(\+OK|-NOTBUSY|-UNKILLABLE)/);
        await sleep(5);
      }
      await reply;
      await client.call('SELECT', 0);
    }
    expect(await client.call('EVAL', SOUND, 0)).toEqual([0, 'e', 140]);
    expect(await client.call('DEBUG', 'VERIFY')).toBe('OK');
  },
  LONG_MS,
);
