/**
 * What SINTER, SUNION, SDIFF and their storing forms have in common: the sets they read and the one they make.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { encodingOf, NULL, type Pointer, structureOf, TYPE_SET } from '../../keyspace/key-entry.ts';
import { EVENT_GENERIC, EVENT_SET } from '../../keyspace/keyspace-events.ts';
import type { SetBuilder } from '../../keyspace/set-builder.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

/** A set that is read, among others. The same set under several arguments has the same pointer. */
export class SourceSet {
  readonly length: number;
  readonly pointer: Pointer;
  private readonly context: CommandContext;
  private readonly encoding: number;

  constructor(context: CommandContext, entry: Pointer) {
    const { heap, sets } = context.keyspace;
    this.context = context;
    this.encoding = encodingOf(heap, entry);
    this.pointer = structureOf(heap, entry);
    this.length = sets.length(this.encoding, this.pointer);
  }

  has(member: Slice): boolean {
    return this.context.keyspace.sets.has(this.encoding, this.pointer, member);
  }

  forEach(visit: (member: Slice) => void): void {
    this.context.keyspace.sets.forEach(this.encoding, this.pointer, visit);
  }

  scan(cursor: number, visit: (member: Slice) => void): number {
    return this.context.keyspace.sets.scan(this.encoding, this.pointer, cursor, visit);
  }
}

/** The sets at the keys that the arguments from `first` to before `end` name; null for those that do not exist. */
export function readSets(context: CommandContext, first: number, end: number): (SourceSet | null)[] {
  const { args, database } = context;
  const exist: boolean[] = [];
  for (let i = first; i < end; i++) exist.push(context.read(args.at(i), TYPE_SET) !== NULL);
  // Again, since a look-up may have deleted a key whose time was over.
  return exist.map((exists, i) => {
    const entry = exists ? database.peek(args.at(first + i)) : NULL;
    return entry === NULL ? null : new SourceSet(context, entry);
  });
}

/** A set that a command makes of others. There is one at a time. */
export class ResultSet {
  private readonly context: CommandContext;
  private readonly builder: SetBuilder;

  constructor(context: CommandContext) {
    this.context = context;
    this.builder = context.keyspace.setBuilder.begin();
  }

  get length(): number {
    return this.builder.length;
  }

  has(member: Slice): boolean {
    return this.builder.has(member);
  }

  add(member: Slice): void {
    if (!this.builder.reserve(member)) {
      this.builder.discard();
      throw errors.oom;
    }
    this.builder.add(member);
  }

  delete(member: Slice): void {
    this.builder.delete(member);
  }

  /** Answers the members, and ends the set. */
  answer(): void {
    const { reply } = this.context;
    reply.set(this.length);
    this.builder.forEach((member) => {
      reply.bulk(member);
    });
    this.builder.discard();
  }

  /** Ends the set without any use. */
  discard(): void {
    this.builder.discard();
  }

  /** Stores the set under the key that the first argument names and answers how many members it has. */
  store(event: string): void {
    const { args, database, reply } = this.context;
    const key = args.at(1);
    const { length } = this;
    if (length > 0) {
      this.builder.attach(database, key);
      database.changed(key, EVENT_SET, event);
    } else {
      this.builder.discard();
      if (database.delete(key)) database.changed(key, EVENT_GENERIC, 'del');
    }
    reply.integer(length);
  }
}
