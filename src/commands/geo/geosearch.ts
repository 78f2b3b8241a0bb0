/**
 * GEOSEARCH, GEOSEARCHSTORE and the older commands whose place they have taken.
 */
import { type KeySpec, oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { search } from './search.ts';

const COMPLEXITY =
  'O(N+log(M)) where N is the number of members in the cells around the shape and M the size of the sorted set.';
const RADIUS_OPTIONS = '[WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] [ASC | DESC]';
const SHAPE =
  '<FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius <M | KM | FT | MI> | BYBOX width height <M | KM | FT | MI>>';

/** The index, and the keys behind STORE and STOREDIST, which are searched from an argument on. */
function radiusKeys(from: number): readonly KeySpec[] {
  return [
    { flags: ['RO', 'access'], search: { index: 1 }, find: { last: 0, step: 1, limit: 0 } },
    { flags: ['OW', 'update'], search: { keyword: 'STORE', from }, find: { last: 0, step: 1, limit: 0 } },
    { flags: ['OW', 'update'], search: { keyword: 'STOREDIST', from }, find: { last: 0, step: 1, limit: 0 } },
  ];
}

export const geosearch = defineCommand({
  name: 'geosearch',
  summary: 'Returns the members of a geospatial index in a circle or a box.',
  since: '6.2.0',
  group: 'geo',
  complexity: COMPLEXITY,
  history: [['7.0.0', 'Unit names may be in upper case.']],
  syntax: `key ${SHAPE} [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]`,
  arity: -7,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  run(context) {
    search(context, { center: 'options', stores: 'never' }, 1, '');
  },
});

export const geosearchstore = defineCommand({
  name: 'geosearchstore',
  summary: 'Stores the members of a geospatial index in a circle or a box in another key.',
  since: '6.2.0',
  group: 'geo',
  complexity: COMPLEXITY,
  history: [['7.0.0', 'Unit names may be in upper case.']],
  syntax: `destination source ${SHAPE} [ASC | DESC] [COUNT count [ANY]] [STOREDIST]`,
  arity: -8,
  flags: ['write', 'denyoom'],
  keys: [
    { flags: ['OW', 'update'], search: { index: 1 }, find: { last: 0, step: 1, limit: 0 } },
    { flags: ['RO', 'access'], search: { index: 2 }, find: { last: 0, step: 1, limit: 0 } },
  ],
  run(context) {
    search(context, { center: 'options', stores: 'always' }, 2, 'geosearchstore');
  },
});

export const georadius = defineCommand({
  name: 'georadius',
  summary: 'Returns the members of a geospatial index within a distance of a position, or stores them.',
  since: '3.2.0',
  group: 'geo',
  complexity: COMPLEXITY,
  history: [
    ['6.2.0', 'Added the `ANY` option for `COUNT`.'],
    ['7.0.0', 'Unit names may be in upper case.'],
  ],
  deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument' },
  syntax: `key longitude latitude radius <M | KM | FT | MI> ${RADIUS_OPTIONS} [STORE key] [STOREDIST key]`,
  arity: -6,
  flags: ['write', 'denyoom'],
  keys: radiusKeys(6),
  run(context) {
    search(context, { center: 'position', stores: 'by-option' }, 1, 'georadiusstore');
  },
});

export const georadiusRo = defineCommand({
  name: 'georadius_ro',
  summary: 'Returns the members of a geospatial index within a distance of a position.',
  since: '3.2.10',
  group: 'geo',
  complexity: COMPLEXITY,
  history: [['6.2.0', 'Added the `ANY` option for `COUNT`.']],
  deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` with the `BYRADIUS` argument' },
  syntax: `key longitude latitude radius <M | KM | FT | MI> ${RADIUS_OPTIONS}`,
  arity: -6,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  run(context) {
    search(context, { center: 'position', stores: 'never' }, 1, '');
  },
});

export const georadiusbymember = defineCommand({
  name: 'georadiusbymember',
  summary: 'Returns the members of a geospatial index within a distance of one of them, or stores them.',
  since: '3.2.0',
  group: 'geo',
  complexity: COMPLEXITY,
  history: [['7.0.0', 'Unit names may be in upper case.']],
  deprecated: {
    since: '6.2.0',
    replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments',
  },
  syntax: `key member radius <M | KM | FT | MI> ${RADIUS_OPTIONS} [STORE key] [STOREDIST key]`,
  arity: -5,
  flags: ['write', 'denyoom'],
  keys: radiusKeys(5),
  run(context) {
    search(context, { center: 'member', stores: 'by-option' }, 1, 'georadiusstore');
  },
});

export const georadiusbymemberRo = defineCommand({
  name: 'georadiusbymember_ro',
  summary: 'Returns the members of a geospatial index within a distance of one of them.',
  since: '3.2.10',
  group: 'geo',
  complexity: COMPLEXITY,
  deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments' },
  syntax: `key member radius <M | KM | FT | MI> ${RADIUS_OPTIONS}`,
  arity: -5,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  run(context) {
    search(context, { center: 'member', stores: 'never' }, 1, '');
  },
});
