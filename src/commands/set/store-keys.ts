import type { KeyFlag, KeySpec } from '../../dispatch/command.ts';

/** The key specifications of a command that stores under its first argument what it makes of all others. */
export function storeKeys(destination: KeyFlag): readonly KeySpec[] {
  return [
    { flags: [destination, 'update'], search: { index: 1 }, find: { last: 0, step: 1, limit: 0 } },
    { flags: ['RO', 'access'], search: { index: 2 }, find: { last: -1, step: 1, limit: 0 } },
  ];
}
