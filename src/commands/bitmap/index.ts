import type { CommandSpec } from '../../dispatch/command.ts';
import { bitcount } from './bitcount.ts';
import { bitfield, bitfieldRo } from './bitfield.ts';
import { bitop } from './bitop.ts';
import { bitpos } from './bitpos.ts';
import { getbit } from './getbit.ts';
import { setbit } from './setbit.ts';

/** Strings as arrays of bits. The first bit is the highest of the first byte. */
export const bitmapCommands: readonly CommandSpec[] = [bitcount, bitfield, bitfieldRo, bitop, bitpos, getbit, setbit];
