/**
 * The payloads of DUMP: a value as it stands in a file, the version, and a checksum.
 */
import type { HeapView } from '../../memory/heap-view.ts';
import type { Pointer } from '../../memory/layout.ts';
import { BufferSink } from '../byte-sink.ts';
import { WRITTEN_VERSION } from './format.ts';
import { RdbWriter } from './rdb-writer.ts';
import { ValueEncoder } from './value-encoder.ts';

const BUFFER_BYTES = 16 * 1024;

export class DumpEncoder {
  private readonly sink = new BufferSink();
  private readonly writer: RdbWriter;
  private readonly values: ValueEncoder;

  /** `compression` is that of `rdbcompression`. */
  constructor(view: HeapView, compression: boolean) {
    this.writer = new RdbWriter(this.sink, { compression, checksum: true, bufferBytes: BUFFER_BYTES });
    this.values = new ValueEncoder(view, this.writer);
  }

  /** The payload of an entry's value. */
  dump(entry: Pointer): Uint8Array {
    this.values.value(entry);
    this.writer.uint16(WRITTEN_VERSION);
    this.writer.finish();
    return this.sink.take();
  }
}
