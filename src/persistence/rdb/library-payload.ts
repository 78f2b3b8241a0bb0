/**
 * Function libraries as FUNCTION DUMP writes and FUNCTION RESTORE reads them: the code of each as in a snapshot, the
 * version, and a checksum (see format.ts).
 */
import { Crc64 } from '../../lib/crc64.ts';
import { Slice } from '../../lib/slice.ts';
import { BufferSink } from '../byte-sink.ts';
import { isKnownVersion } from './dump-decoder.ts';
import {
  CHECKSUM_BYTES,
  DUMP_FOOTER_BYTES,
  OPCODE_FUNCTION_PRE_GA,
  OPCODE_FUNCTION2,
  WRITTEN_VERSION,
} from './format.ts';
import { RdbError } from './rdb-error.ts';
import { RdbReader } from './rdb-reader.ts';
import { RdbWriter } from './rdb-writer.ts';

const BUFFER_BYTES = 16 * 1024;

/** @param compression as `rdbcompression` */
export function dumpLibraries(codes: readonly Uint8Array[], compression: boolean): Uint8Array {
  const sink = new BufferSink();
  const writer = new RdbWriter(sink, { compression, checksum: true, bufferBytes: BUFFER_BYTES });
  for (const code of codes) {
    writer.byte(OPCODE_FUNCTION2);
    writer.string(code, 0, code.length);
  }
  writer.uint16(WRITTEN_VERSION);
  writer.finish();
  return sink.take();
}

/** The code of the libraries of a payload, or what is wrong with it. */
export function readDumpedLibraries({ bytes, start, end }: Slice): readonly Uint8Array[] | string {
  if (!isSound(bytes, start, end)) return 'DUMP payload version or checksum are wrong';
  const reader = new RdbReader(0);
  const text = new Slice(bytes, 0, 0);
  const codes: Uint8Array[] = [];
  reader.openBytes(bytes, start, end - DUMP_FOOTER_BYTES);
  while (reader.remaining > 0) {
    const opcode = reader.byte();
    if (opcode === OPCODE_FUNCTION_PRE_GA) return 'Pre-release function format not supported.';
    if (opcode !== OPCODE_FUNCTION2) return 'given type is not a function';
    try {
      codes.push(reader.string(text).copy());
    } catch (error) {
      if (!(error instanceof RdbError)) throw error;
      return 'Failed loading library code';
    }
  }
  return codes;
}

function isSound(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < DUMP_FOOTER_BYTES) return false;
  const checksumAt = end - CHECKSUM_BYTES;
  if (!isKnownVersion(bytes[checksumAt - 2] | (bytes[checksumAt - 1] << 8))) return false;
  const crc = new Crc64();
  crc.update(bytes, start, checksumAt);
  return crc.matches(bytes, checksumAt);
}
