/** When small collections turn into large ones. */

import { section } from '../directive.ts';
import { bytes, integer } from '../kinds/integer.ts';
import { INT_MAX, INT_MIN, INT64_MAX } from '../numbers.ts';

export const encodings = section('Encodings', [
  integer('hash-max-listpack-entries', {
    alias: 'hash-max-ziplist-entries',
    default: 512,
    min: 0,
    max: INT64_MAX,
    unsigned: true,
    summary: 'A hash with more fields than this is no longer kept in the compact form.',
  }),
  bytes('hash-max-listpack-value', {
    alias: 'hash-max-ziplist-value',
    default: 64,
    min: 0,
    max: INT64_MAX,
    unsigned: true,
    summary: 'Neither is one with a field or a value longer than so many bytes.',
  }),
  integer('list-max-listpack-size', {
    alias: 'list-max-ziplist-size',
    default: -2,
    min: INT_MIN,
    max: INT_MAX,
    summary:
      'The size of one piece of a list: so many elements where the number is positive; -1 to -5 are 4, 8, 16, 32 and 64 KiB.',
  }),
  integer('list-compress-depth', {
    default: 0,
    min: 0,
    max: INT_MAX,
    summary: 'Compress the pieces of a list that are so far from both its ends; 0 compresses none.',
    ignored: 'lists are not compressed in memory',
  }),
  integer('set-max-intset-entries', {
    default: 512,
    min: 0,
    max: INT64_MAX,
    unsigned: true,
    summary: 'A set of integers with more members than this is no longer kept in the compact form.',
  }),
  integer('set-max-listpack-entries', {
    default: 128,
    min: 0,
    max: INT64_MAX,
    unsigned: true,
    summary: 'A set with more members than this, not all of them integers, is no longer kept in the compact form.',
  }),
  bytes('set-max-listpack-value', {
    default: 64,
    min: 0,
    max: INT64_MAX,
    unsigned: true,
    summary: 'Neither is one with a member longer than so many bytes.',
  }),
  integer('zset-max-listpack-entries', {
    alias: 'zset-max-ziplist-entries',
    default: 128,
    min: 0,
    max: INT64_MAX,
    unsigned: true,
    summary: 'A sorted set with more members than this is no longer kept in the compact form.',
  }),
  bytes('zset-max-listpack-value', {
    alias: 'zset-max-ziplist-value',
    default: 64,
    min: 0,
    max: INT64_MAX,
    unsigned: true,
    summary: 'Neither is one with a member longer than so many bytes.',
  }),
  bytes('hll-sparse-max-bytes', {
    default: 3000,
    min: 0,
    max: INT64_MAX,
    unsigned: true,
    summary: 'A HyperLogLog larger than this is no longer kept in the sparse form.',
  }),
  bytes('stream-node-max-bytes', {
    default: 4096,
    min: 0,
    max: INT64_MAX,
    unsigned: true,
    summary: 'The size at which a piece of a stream is full; 0 is no limit.',
  }),
  integer('stream-node-max-entries', {
    default: 100,
    min: 0,
    max: INT64_MAX,
    summary: 'The number of entries at which it is full; 0 is no limit.',
  }),
]);
