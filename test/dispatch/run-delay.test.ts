import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runDelayUs } from '../../src/dispatch/run-delay.ts';

it.runIf(process.platform === 'linux')('reads what the kernel counts for this thread', () => {
  const kernelUs = () => Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[1]) / 1000;
  const beforeUs = kernelUs();
  const readUs = runDelayUs();
  expect(readUs).toBeGreaterThanOrEqual(beforeUs);
  expect(readUs).toBeLessThanOrEqual(kernelUs());
});
