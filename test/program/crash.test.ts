import { expect, it } from 'vitest';
import { Crash } from '../../src/program/crash.ts';
import { RecordedLog } from './recorded-log.ts';

function crash(recorded: RecordedLog, reports: boolean, error: unknown): Promise<readonly [number, number]> {
  let closed = 0;
  return new Promise((resolve) => {
    const end = new Crash({
      log: recorded.log,
      reports: () => reports,
      close: async () => {
        closed++;
        throw new Error('closing fails too');
      },
      exit: (status) => resolve([status, closed]),
    });
    end.end(error);
    end.end(new Error('a consequence'));
  });
}

it('logs the stack, closes and exits with 1', async () => {
  using recorded = await RecordedLog.open();
  expect(await crash(recorded, true, new Error('the cause'))).toEqual([1, 1]);
  expect(recorded.lines[0]).toBe('# Server crashed: the cause');
  expect(recorded.lines.join('\n')).toContain('crash.test.ts');
  expect(recorded.lines.join('\n')).not.toContain('a consequence');
});

it('logs one line without crash-log-enabled', async () => {
  using recorded = await RecordedLog.open();
  expect(await crash(recorded, false, 'a text')).toEqual([1, 1]);
  expect(recorded.lines).toEqual(['# Server crashed: a text']);
});
