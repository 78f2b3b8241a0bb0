/** Moving data together, so that free memory can be given back. */

import { section } from '../directive.ts';
import { flag } from '../kinds/flag.ts';
import { bytes, integer } from '../kinds/integer.ts';
import { INT64_MAX } from '../numbers.ts';

export const defragmentation = section('Defragmentation', [
  flag('activedefrag', {
    default: false,
    summary: 'Move data out of sparsely used memory in the background, and give that memory back.',
  }),
  bytes('active-defrag-ignore-bytes', {
    default: 100 * 1024 * 1024,
    min: 1,
    max: INT64_MAX,
    unsigned: true,
    summary: 'Do nothing while less than this is wasted.',
  }),
  integer('active-defrag-threshold-lower', {
    default: 10,
    min: 0,
    max: 1000,
    summary: 'Do nothing while less than this percentage is wasted.',
  }),
  integer('active-defrag-threshold-upper', {
    default: 100,
    min: 0,
    max: 1000,
    summary: 'The percentage from which the greatest effort is made.',
  }),
  integer('active-defrag-cycle-min', {
    default: 1,
    min: 1,
    max: 99,
    summary: 'The least effort, in percent of one CPU.',
  }),
  integer('active-defrag-cycle-max', {
    default: 25,
    min: 1,
    max: 99,
    summary: 'The greatest effort, in percent of one CPU.',
  }),
  integer('active-defrag-max-scan-fields', {
    default: 1000,
    min: 1,
    max: INT64_MAX,
    summary:
      'Collections with more members than this are gone through in steps, smaller ones in one go if they are of few bytes.',
  }),
]);
