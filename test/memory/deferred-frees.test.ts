import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeferredFrees } from '../../src/memory/deferred-frees.ts';
import { NULL, type Pointer } from '../../src/memory/layout.ts';

type Step =
  | { kind: 'push'; births: number[] }
  | { kind: 'freeze' }
  | { kind: 'release'; place: number }
  | { kind: 'sweep'; entries: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('push' as const), births: fc.array(fc.nat(), { maxLength: 30 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'freeze' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), place: fc.nat({ max: 20 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('sweep' as const), entries: fc.nat({ max: 40 }) }) },
);

describe('blocks put aside', () => {
  it('come out once, as soon as no live snapshot lies between their birth and death', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 80, size: 'max' }), (steps) => {
        const deferred = new DeferredFrees();
        const live: { epoch: number }[] = [];
        const waiting = new Map<Pointer, { birth: number; death: number }>();
        const isSeen = ({ birth, death }: { birth: number; death: number }) =>
          live.some(({ epoch }) => birth <= epoch && epoch < death);
        let epoch = 1;
        let last = 0;
        const sweep = () => {
          const pointer = deferred.sweepOne(live);
          if (pointer === NULL) return;
          const times = waiting.get(pointer);
          expect(times !== undefined && !isSeen(times)).toBe(true);
          waiting.delete(pointer);
        };
        for (const step of steps) {
          if (step.kind === 'freeze') live.push({ epoch: epoch++ });
          if (step.kind === 'release' && live.length > 0) {
            live.splice(step.place % live.length, 1);
            deferred.restart();
          }
          if (step.kind === 'sweep') for (let i = 0; i < step.entries; i++) sweep();
          if (step.kind === 'push' && live.length > 0) {
            for (const seed of step.births) {
              // As a heap does: only what the newest snapshot sees is put aside.
              const birth = 1 + (seed % live[live.length - 1].epoch);
              const pointer = ++last as Pointer;
              deferred.push(pointer, birth, epoch);
              waiting.set(pointer, { birth, death: epoch });
            }
          }
          const listed: Pointer[] = [];
          deferred.forEach((pointer) => {
            listed.push(pointer);
          });
          expect(listed.sort((a, b) => a - b)).toEqual([...waiting.keys()]);
        }
        while (deferred.needsSweep) sweep();
        for (const times of waiting.values()) expect(isSeen(times)).toBe(true);
        live.length = 0;
        deferred.restart();
        while (deferred.needsSweep) sweep();
        expect(waiting.size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
