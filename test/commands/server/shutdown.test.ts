import { describe, expect, it } from 'vitest';
import { Config } from '../../../src/config/config.ts';
import type { ShutdownRequest } from '../../../src/dispatch/server-services.ts';
import { Engine } from '../../../src/engine.ts';
import { Args } from '../../../src/protocol/args.ts';
import { CaptureWriter } from '../../../src/protocol/capture-writer.ts';
import { ReplyError } from '../../../src/protocol/reply-error.ts';
import { besideRedis, replies } from '../connection/beside-redis.ts';

describe('SHUTDOWN', () => {
  it('asks for what it was told', () => {
    const asked: ShutdownRequest[] = [];
    const engine = new Engine({
      config: Config.defaults(),
      shutdown(request) {
        asked.push(request);
        return new Promise(() => {});
      },
    });
    const writer = new CaptureWriter();
    for (const words of [[], ['NOSAVE'], ['save', 'now'], ['FORCE', 'NOW', 'nosave']]) {
      const session = engine.openSession(writer);
      engine.execute(session, Args.of('SHUTDOWN', ...words));
      expect(session.suspended).toBe(true);
    }
    expect(writer.takeAll()).toEqual([]);
    expect(asked).toEqual([
      { save: 'default', now: false, force: false },
      { save: 'nosave', now: false, force: false },
      { save: 'save', now: true, force: false },
      { save: 'nosave', now: true, force: true },
    ]);
  });

  it('goes on when it fails', async () => {
    const messages: string[] = [];
    const engine = new Engine({
      shutdown: () => Promise.resolve('the disk is full'),
      log: (_level, message) => messages.push(message),
    });
    const writer = new CaptureWriter();
    const session = engine.openSession(writer);
    engine.execute(session, Args.of('SHUTDOWN'));
    await new Promise(setImmediate);
    expect(writer.take()).toEqual(new ReplyError('ERR Errors trying to SHUTDOWN. Check logs.'));
    expect(session.suspended).toBe(false);
    expect(messages.join()).toMatch('the disk is full');
  });

  it('can be aborted', () => {
    let waiting = true;
    const engine = new Engine({
      abortShutdown() {
        const was = waiting;
        waiting = false;
        return was;
      },
    });
    const writer = new CaptureWriter();
    const session = engine.openSession(writer);
    for (let i = 0; i < 2; i++) engine.execute(session, Args.of('SHUTDOWN', 'ABORT'));
    expect(writer.takeAll()).toEqual([
      expect.objectContaining({ text: 'OK' }),
      new ReplyError('ERR No shutdown in progress.'),
    ]);
  });
});

describe('Small server commands, beside Redis', () => {
  const both = besideRedis();

  it('answer as Redis does', async () => {
    await both.same(async (open) =>
      replies(
        await open(),
        'SHUTDOWN ABORT',
        'SHUTDOWN ABORT NOW',
        'SHUTDOWN SAVE NOSAVE',
        'SHUTDOWN NOSAVE SAVE',
        'SHUTDOWN nosuch',
        'MULTI',
        'SHUTDOWN',
        'DISCARD',
        'TIME x',
        'ROLE',
        'ROLE x',
        'LOLWUT VERSION x',
        'LOLWUT VERSION',
      ).then((all) => all.slice(0, -1)),
    );
  });

  it('tell the time', async () => {
    const client = await both.connect();
    const before = Date.now();
    const [seconds, microseconds] = (await client.call('TIME')) as string[];
    const after = Date.now();
    expect(Number(microseconds)).toBeLessThan(1e6);
    const ms = Number(seconds) * 1000 + Number(microseconds) / 1000;
    expect(ms).toBeGreaterThan(before - 5);
    expect(ms).toBeLessThan(after + 5);
  });

  it('draw a piece of art that ends with the version', async () => {
    const client = await both.connect();
    for (const words of [[], ['VERSION', '5'], ['VERSION', '6', '10', '10']]) {
      expect(await client.call('LOLWUT', ...words)).toMatch(/^[╱╲\n]+\nRedis ver\. \d+\.\d+\.\d+\n$/);
    }
  });
});
