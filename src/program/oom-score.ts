/** `oom-score-adj`: in which order Linux kills processes when it runs out of memory. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { systemErrorText } from '../lib/system-error.ts';
import type { Log } from './log.ts';

const PATH = '/proc/self/oom_score_adj';
const LIMIT = 1000;

/** Sets the score, now and whenever the settings or the role of the server change. */
export function followOomScore(config: Config, log: Log, path: string = PATH): void {
  // What the process was started with, once that has been changed.
  let base: number | null = null;
  const apply = (): string | null => {
    const mode = config.get('oom-score-adj');
    if (mode === 'no' && base === null) return null;
    try {
      base ??= Number.parseInt(readFileSync(path, 'latin1'), 10);
      const value = config.get('oom-score-adj-values')[config.get('replicaof') === null ? 0 : 1];
      const score = mode === 'no' ? base : mode === 'absolute' ? value : base + value;
      writeFileSync(path, `${Math.max(-LIMIT, Math.min(LIMIT, score))}\n`);
      if (mode === 'no') base = null;
      return null;
    } catch (error) {
      log.write('warning', `Unable to write oom_score_adj: ${systemErrorText(error)}`);
      return 'Failed to apply new oom_score_adj configuration, check server logs.';
    }
  };
  apply();
  config.beforeChangeOfAny(['oom-score-adj', 'oom-score-adj-values'], apply);
  config.onChange('replicaof', () => {
    apply();
  });
}
