/** Freeing in the background, which needs no switches here. */

import { section } from '../directive.ts';
import { flag } from '../kinds/flag.ts';

const IN_SLICES = 'memory is always freed in small slices';

export const lazyFreeing = section('Lazy freeing', [
  flag('lazyfree-lazy-eviction', {
    default: false,
    summary: 'Free evicted values in the background.',
    ignored: IN_SLICES,
  }),
  flag('lazyfree-lazy-expire', {
    default: false,
    summary: 'Free expired values in the background.',
    ignored: IN_SLICES,
  }),
  flag('lazyfree-lazy-server-del', {
    default: false,
    summary: 'Free values that a command replaces in the background.',
    ignored: IN_SLICES,
  }),
  flag('lazyfree-lazy-user-del', {
    default: false,
    summary: 'Let DEL free in the background, as UNLINK does.',
    ignored: IN_SLICES,
  }),
  flag('lazyfree-lazy-user-flush', {
    default: false,
    summary: 'Let FLUSHALL, FLUSHDB, SCRIPT FLUSH and FUNCTION FLUSH free in the background unless told otherwise.',
    ignored: IN_SLICES,
  }),
]);
