import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Args } from '../../../src/protocol/args.ts';
import { CaptureWriter, type PlainValue, toPlain } from '../../../src/protocol/capture-writer.ts';
import { CommandSession } from '../../support/command-session.ts';
import { besideRedis, replies } from '../connection/beside-redis.ts';

describe('CONFIG', () => {
  it('gets by names and patterns', () => {
    const s = new CommandSession({ version: 3 });
    expect(s.call('CONFIG', 'GET', 'maxmemory', 'hz')).toEqual({ maxmemory: '0', hz: '10' });
    expect(s.call('CONFIG', 'GET', 'nosuch')).toEqual({});
    expect(Object.keys(s.call('CONFIG', 'GET', 'slowlog-*') as object).sort()).toEqual([
      'slowlog-log-slower-than',
      'slowlog-max-len',
    ]);
  });

  it('sets several directives at once', () => {
    const s = new CommandSession();
    expect(s.call('CONFIG', 'SET', 'hz', '50', 'SLOWLOG-MAX-LEN', '3')).toBe('OK');
    expect(s.engine.config.get('hz')).toBe(50);
    expect(s.engine.config.get('slowlog-max-len')).toBe(3);
  });

  it('sets all or nothing', () => {
    const s = new CommandSession();
    expect(s.error('CONFIG', 'SET', 'hz', '50', 'maxmemory', 'much')).toMatch(
      /^ERR CONFIG SET failed \(possibly related to argument 'maxmemory'\) - /,
    );
    expect(s.engine.config.get('hz')).toBe(10);
  });

  it('waits for what takes time, and answers then', async () => {
    const { engine } = new CommandSession();
    const writer = new CaptureWriter();
    const session = engine.openSession(writer);
    let decide: (verdict: string | null) => void = () => {};
    engine.config.beforeChange('port', () => new Promise((resolve) => (decide = resolve)));
    const answerTo = async (verdict: string | null): Promise<PlainValue> => {
      engine.execute(session, Args.of('CONFIG', 'SET', 'port', '7000'));
      expect(writer.takeAll()).toEqual([]);
      expect(session.suspended).toBe(true);
      decide(verdict);
      await new Promise(setImmediate);
      expect(session.suspended).toBe(false);
      return toPlain(writer.take(), { encoding: 'utf8' });
    };
    expect(await answerTo('taken')).toMatchObject({
      line: "ERR CONFIG SET failed (possibly related to argument 'port') - taken",
    });
    expect(engine.config.get('port')).toBe(6379);
    expect(engine.stats.errors.get('ERR')).toBe(1);
    expect(await answerTo(null)).toBe('OK');
    expect(engine.config.get('port')).toBe(7000);
  });

  it('does not wait within a transaction', async () => {
    const s = new CommandSession();
    s.engine.config.beforeChange('port', () => Promise.resolve(null));
    s.call('MULTI');
    s.call('CONFIG', 'SET', 'port', '7000');
    expect(s.call('EXEC')).toEqual(['OK']);
    expect(s.session.suspended).toBe(false);
    await new Promise(setImmediate);
    expect(s.engine.config.get('port')).toBe(7000);
  });

  it('keeps secrets out of the slow log', () => {
    const s = new CommandSession();
    s.engine.slowLog.thresholdUs = 0;
    s.call('CONFIG', 'SET', 'requirepass', 'secret', 'hz', '20');
    const logged = s.engine.slowLog.newest(1)[0].args.map((arg) => Buffer.from(arg).toString());
    expect(logged).toEqual(['CONFIG', 'SET', 'requirepass', '(redacted)', 'hz', '20']);
    expect(s.engine.config.get('requirepass')).toBe('secret');
  });

  it('takes bytes as they are', () => {
    const s = new CommandSession();
    const bytes = Buffer.from([0xff, 0xfe, 0x41]);
    s.call('CONFIG', 'SET', 'requirepass', bytes);
    expect(s.reply('CONFIG', 'GET', 'requirepass')).toEqual([
      Uint8Array.from(Buffer.from('requirepass')),
      Uint8Array.from(bytes),
    ]);
  });
});

describe('CONFIG REWRITE', () => {
  const directory = mkdtempSync(join(tmpdir(), 'respd-rewrite-'));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('writes the file that the server was started with', () => {
    const s = new CommandSession();
    expect(s.error('CONFIG', 'REWRITE')).toBe('ERR The server is running without a config file');
    const file = join(directory, 'redis.conf');
    writeFileSync(file, '# mine\nhz 10\n');
    s.engine.config.filePath = file;
    s.call('CONFIG', 'SET', 'hz', '33');
    expect(s.call('CONFIG', 'REWRITE')).toBe('OK');
    expect(readFileSync(file, 'utf8')).toMatch(/^# mine\nhz 33\n/);
    rmSync(directory, { recursive: true });
    expect(s.error('CONFIG', 'REWRITE')).toBe('ERR Rewriting config file: No such file or directory');
  });
});

describe('CONFIG, beside Redis', () => {
  const both = besideRedis();

  it('answers mistakes as Redis does', async () => {
    await both.same(async (open) =>
      replies(
        await open(),
        'CONFIG',
        'CONFIG GET',
        'CONFIG SET a',
        'CONFIG SET a b c',
        'CONFIG SET nosuch 1',
        'CONFIG SET maxmemory x',
        'CONFIG SET hz 10 hz 11',
        'CONFIG SET daemonize yes',
        'CONFIG SET slowlog-max-len -1',
        'CONFIG SET maxmemory-policy none',
        'CONFIG REWRITE x',
        'CONFIG NOSUCH',
        'config resetstat x',
        'CONFIG GET MaxMemory',
        'CONFIG GET nosuch',
      ),
    );
  });
});
