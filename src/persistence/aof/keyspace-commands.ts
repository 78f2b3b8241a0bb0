/**
 * Writes a frozen keyspace as commands: a base without the RDB format, for those who want to read it, or to give it to
 * something that can't read the other. It works on any view of the heap, and is meant for another thread.
 */
import { deadlineOf, expires } from '../../keyspace/key-entry.ts';
import type { KeyspaceRoots } from '../../keyspace/keyspace.ts';
import type { HeapView } from '../../memory/heap-view.ts';
import { ByteStringReader } from '../../structures/byte-string.ts';
import { EntryReader } from '../../structures/entry.ts';
import { tableReader } from '../rdb/encoders/type-encoder.ts';
import type { CommandWriter } from './command-writer.ts';
import { ValueCommands } from './value-commands.ts';

/** Keys between two calls of the progress function. */
const PROGRESS_KEYS = 256;

export interface KeyspaceCommandsOptions {
  readonly view: HeapView;
  readonly writer: CommandWriter;
  /** The source texts of function libraries. */
  readonly functions: readonly Uint8Array[];
  /** Unix seconds for an annotation; 0 for none. */
  readonly nowSeconds: number;
  /** Told now and then how many keys are written, and at the end. It may throw to stop the writing. */
  readonly progress: (keys: number) => void;
}

/** Writes everything. */
export function writeKeyspaceCommands(roots: KeyspaceRoots, options: KeyspaceCommandsOptions): void {
  const { functions, nowSeconds, progress, view, writer } = options;
  const strings = new ByteStringReader(view);
  const table = tableReader({ view, strings, entries: new EntryReader(view, strings) });
  const values = new ValueCommands(view, writer);
  let keys = 0;
  if (nowSeconds > 0) writer.annotation(`TS:${nowSeconds}`);
  for (const library of functions) {
    writer.command(3);
    writer.text('FUNCTION');
    writer.text('LOAD');
    writer.bytes(library, 0, library.length);
  }
  for (const { index, root } of roots.databases) {
    writer.command(2);
    writer.text('SELECT');
    writer.integer(index);
    table.forEach(root, (entry) => {
      values.write(entry);
      if (expires(view, entry)) values.deadline(deadlineOf(view, entry));
      if (++keys % PROGRESS_KEYS === 0) progress(keys);
    });
  }
  writer.finish();
  progress(keys);
}
