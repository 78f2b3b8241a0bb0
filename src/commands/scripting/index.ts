import type { CommandSpec } from '../../dispatch/command.ts';
import { evaluate, evaluateCached, evaluateCachedReadOnly, evaluateReadOnly, fcall, fcallReadOnly } from './eval.ts';
import { functionContainer } from './function.ts';
import { script } from './script.ts';

export const scriptingCommands: readonly CommandSpec[] = [
  evaluate,
  evaluateReadOnly,
  evaluateCached,
  evaluateCachedReadOnly,
  fcall,
  fcallReadOnly,
  script,
  functionContainer,
];
