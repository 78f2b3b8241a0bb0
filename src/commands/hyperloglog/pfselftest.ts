import { defineCommand } from '../../dispatch/define-command.ts';
import type { Random } from '../../lib/random.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { estimate, HISTOGRAM_SIZE } from './cardinality.ts';
import { countDense, getRegister, setRegister } from './dense-registers.ts';
import { ElementHash } from './element-hash.ts';
import { DENSE_BYTES, HEADER_BYTES, MAX_REGISTER, REGISTERS } from './layout.ts';
import { Sketch } from './sketch.ts';
import { countSparse } from './sparse-registers.ts';

const REGISTER_CYCLES = 20;
/** How many elements are added. Redis takes ten times as many, which would keep clients waiting for seconds. */
const ELEMENTS = 1_000_000;
/** The standard error of an estimate, relative to the cardinality, and how many of them are let pass. */
const STANDARD_ERROR = 1.04 / Math.sqrt(REGISTERS);
const MAX_STANDARD_ERRORS = 6;

export const pfselftest = defineCommand({
  name: 'pfselftest',
  summary: 'Tests the HyperLogLogs of this server, and keeps it busy for about a second.',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity: 'N/A',
  syntax: '',
  arity: 1,
  flags: ['admin'],
  isSystem: true,
  run({ server, reply }) {
    testRegisters(server.random);
    testEstimates(server.random, server.config.get('hll-sparse-max-bytes'));
    reply.ok();
  },
});

function failure(text: string): ReplyError {
  return new ReplyError(`ERR TESTFAILED ${text}`);
}

/** Registers keep what they are set to, and their neighbours what they had. */
function testRegisters(random: Random): void {
  const packed = new Uint8Array(DENSE_BYTES);
  const plain = new Uint8Array(REGISTERS);
  for (let cycle = 0; cycle < REGISTER_CYCLES; cycle++) {
    for (let i = 0; i < REGISTERS; i++) {
      plain[i] = random.below(MAX_REGISTER + 1);
      setRegister(packed, HEADER_BYTES, i, plain[i]);
    }
    for (let i = 0; i < REGISTERS; i++) {
      const value = getRegister(packed, HEADER_BYTES, i);
      if (value !== plain[i]) throw failure(`Register ${i} should be ${plain[i]} but is ${value}`);
    }
  }
}

/** Both forms agree on how many elements there are, and are not far from the truth. */
function testEstimates(random: Random, maxSparseBytes: number): void {
  const hash = new ElementHash();
  const dense = new Sketch();
  const either = new Sketch();
  dense.clear();
  dense.makeDense();
  either.clear();
  const element = new Uint32Array(2);
  const bytes = new Uint8Array(element.buffer);
  const seed = random.uint32();
  element[1] = random.uint32();
  let checkpoint = 1;
  for (let count = 1; count <= ELEMENTS; count++) {
    element[0] = count ^ seed;
    hash.update(bytes, 0, bytes.length);
    dense.raise(hash.index, hash.run, 0);
    either.raise(hash.index, hash.run, maxSparseBytes);
    if (count !== checkpoint) continue;
    if (count < maxSparseBytes / 2 && either.isDense) throw failure('sparse encoding not used');
    const estimated = cardinalityOf(dense);
    if (estimated !== cardinalityOf(either)) throw failure('dense/sparse disagree');
    const error = Math.abs(count - estimated);
    // With so few elements one collision is more than the standard error tells.
    const maxError = count === 10 ? 1 : Math.ceil(STANDARD_ERROR * MAX_STANDARD_ERRORS * count);
    if (error > maxError) throw failure(`Too big error. card:${count} abserr:${error}`);
    checkpoint *= 10;
  }
}

function cardinalityOf(sketch: Sketch): number {
  const histogram = new Int32Array(HISTOGRAM_SIZE);
  if (sketch.isDense) countDense(sketch.bytes, HEADER_BYTES, histogram);
  else countSparse(sketch.bytes, HEADER_BYTES, sketch.length, histogram);
  return Number(estimate(histogram));
}
