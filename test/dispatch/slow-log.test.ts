import { describe, expect, it } from 'vitest';
import { CommandSession } from '../support/command-session.ts';

/** The numbers of the entries, the newest first. */
function ids(s: CommandSession, count: number): number[] {
  return s.engine.slowLog.newest(count).map(({ id }) => id);
}

describe('SlowLog', () => {
  it('keeps the newest entries, however many there were', () => {
    const s = new CommandSession({ config: { 'slowlog-log-slower-than': '0', 'slowlog-max-len': '5' } });
    for (let i = 0; i < 103; i++) s.call('GET', 'k');
    expect(ids(s, 100)).toEqual([102, 101, 100, 99, 98]);
    expect(ids(s, 2)).toEqual([102, 101]);
    expect(ids(s, 0)).toEqual([]);
    expect(s.engine.slowLog.length).toBe(5);
  });

  it('drops what is too much with the next entry, and all when it is cleared', () => {
    const s = new CommandSession({ config: { 'slowlog-log-slower-than': '0' } });
    for (let i = 0; i < 10; i++) s.call('GET', 'k');
    const { slowLog } = s.engine;
    slowLog.maxLength = 3;
    expect(slowLog.length).toBe(10);
    s.call('GET', 'k');
    expect(ids(s, 100)).toEqual([10, 9, 8]);
    slowLog.clear();
    expect(slowLog.length).toBe(0);
    slowLog.maxLength = 0;
    s.call('GET', 'k');
    expect(ids(s, 100)).toEqual([]);
  });
});
