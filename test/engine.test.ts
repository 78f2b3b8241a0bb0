import { describe, expect, it, vi } from 'vitest';
import { Config } from '../src/config/config.ts';
import { Engine } from '../src/engine.ts';
import { Args } from '../src/protocol/args.ts';
import { CaptureWriter } from '../src/protocol/capture-writer.ts';
import { ReplyError } from '../src/protocol/reply-error.ts';

function configured(directives: Record<string, string>): Config {
  const config = Config.defaults();
  for (const [name, value] of Object.entries(directives)) config.override(name as 'maxmemory', value as never);
  return config;
}

describe('an engine', () => {
  it('refuses what would take more memory than maxmemory, and nothing else', () => {
    const config = configured({});
    const engine = new Engine({ config });
    const writer = new CaptureWriter();
    const session = engine.openSession(writer);
    const call = (...words: string[]): unknown => {
      engine.execute(session, Args.of(...words));
      return writer.take();
    };
    call('SET', 'k', 'x'.repeat(100_000));
    config.set([['maxmemory', '50000']]);
    const refusal = call('SET', 'other', 'v');
    expect(refusal).toBeInstanceOf(ReplyError);
    expect((refusal as ReplyError).line).toBe("OOM command not allowed when used memory > 'maxmemory'.");
    expect(call('STRLEN', 'k')).toBe(100_000);
    expect(call('DEL', 'k')).toBe(1);
    config.set([['maxmemory', '100mb']]);
    expect(call('SET', 'other', 'v')).toMatchObject({ text: 'OK' });
    engine.stop();
  });

  it('takes one slice at a time for what is to be done in the background, however long that goes on', async () => {
    const engine = new Engine({ config: configured({ hz: '500' }) });
    let slices = 0;
    vi.spyOn(engine.memoryLimit, 'runSlice').mockImplementation(() => {
      slices++;
      return true;
    });
    engine.start();
    try {
      // Until the server's own periodic work has been done a good many times beside the slices.
      let ticks = 0;
      vi.spyOn(engine.clientMemory, 'sample').mockImplementation(() => void ticks++);
      let most = 0;
      while (ticks < 20) {
        const before = slices;
        await new Promise((turn) => setImmediate(turn));
        most = Math.max(most, slices - before);
      }
      // One slice in each turn, and the tick's own before they began.
      expect(most).toBeLessThanOrEqual(2);
      expect(slices).toBeGreaterThan(20);
    } finally {
      engine.stop();
    }
  });

  it('refuses to start with what is still to come', () => {
    expect(() => new Engine({ config: configured({ replicaof: '127.0.0.1 6379' }) })).toThrow(/replica/);
  });

  it('refuses to be told so while it runs', () => {
    const config = configured({});
    const engine = new Engine({ config });
    expect(config.set([['replicaof', '127.0.0.1 6379']])).toMatchObject({ name: 'replicaof' });
    expect(config.get('replicaof')).toBe(null);
    engine.stop();
  });
});
