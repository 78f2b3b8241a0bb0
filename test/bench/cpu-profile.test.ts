import { expect, test } from 'vitest';
import { type CpuProfile, renderSelfTimes, selfTimes } from '../../bench/cpu-profile.ts';

const frame = (functionName: string, url: string, lineNumber: number) => ({ functionName, url, lineNumber });

const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(idle)', '', -1) },
    { id: 2, callFrame: frame('parse', 'file:///a/src/protocol/parser.ts', 9) },
    { id: 3, callFrame: frame('', 'file:///a/src/net/connection.ts', 0) },
    // The same function, called from elsewhere.
    { id: 4, callFrame: frame('parse', 'file:///a/src/protocol/parser.ts', 9) },
  ],
  startTime: 1000,
  samples: [2, 1, 3, 4],
  timeDeltas: [10, 20, 30, 40],
};

test('adds up the self time of a function over all its callers', () => {
  expect(selfTimes([profile], [])).toEqual([
    { functionName: 'parse', place: 'src/protocol/parser.ts:10', selfUs: 50 },
    { functionName: '(anonymous)', place: 'src/net/connection.ts:1', selfUs: 30 },
    { functionName: '(idle)', place: '', selfUs: 20 },
  ]);
});

test('counts only samples within the spans', () => {
  const times = selfTimes([profile], [{ fromUs: 1011, toUs: 1060 }]);
  expect(times.map((time) => [time.functionName, time.selfUs])).toEqual([
    ['(anonymous)', 30],
    ['(idle)', 20],
  ]);
});

test('shares are of the busy time, and the list is cut', () => {
  const text = renderSelfTimes(selfTimes([profile], []), 1);
  expect(text.split('\n')).toHaveLength(2);
  expect(text).toContain('62.5 %');
});
