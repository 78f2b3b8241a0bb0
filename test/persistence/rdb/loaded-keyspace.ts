/** Keyspaces that files are read into. */
import { digestKeyspace } from '../../../src/keyspace/digest.ts';
import { Keyspace } from '../../../src/keyspace/keyspace.ts';
import { ManualClock } from '../../../src/lib/clock.ts';
import { Xoshiro128 } from '../../../src/lib/random.ts';
import { ParanoidHeap } from '../../../src/memory/paranoid-heap.ts';
import { type DecodeOptions, SnapshotDecoder } from '../../../src/persistence/rdb/snapshot-decoder.ts';
import { MemorySource } from './memory-source.ts';

export class LoadedKeyspace {
  readonly clock = new ManualClock();
  readonly keyspace = new Keyspace({
    clock: this.clock,
    random: new Xoshiro128(1),
    hashSeed: [11, 22],
    heap: new ParanoidHeap(),
    databases: 16,
  });
  readonly log: string[] = [];

  decoder(file: Uint8Array, options: Partial<DecodeOptions> = {}): SnapshotDecoder {
    return new SnapshotDecoder(new MemorySource(file), {
      keyspace: this.keyspace,
      databases: this.keyspace.databases,
      checksum: true,
      nowMs: this.clock.nowMs(),
      log: (_level, message) => this.log.push(message),
      ...options,
    });
  }

  /** Reads a whole file, in slices that are as short as can be. Empties the keyspace if that fails. */
  load(file: Uint8Array, options: Partial<DecodeOptions> = {}): SnapshotDecoder {
    const decoder = this.decoder(file, options);
    try {
      while (!decoder.run(0));
    } catch (error) {
      decoder.discard();
      this.keyspace.flush();
      throw error;
    }
    return decoder;
  }

  get digest(): string {
    return digestKeyspace(this.keyspace).toString();
  }
}
