/** All directives, by section, in the order of `redis.conf.example`. */

import type { AnyDirective } from '../directive.ts';
import { advanced } from './advanced.ts';
import { appendOnly } from './append-only.ts';
import { cluster } from './cluster.ts';
import { defragmentation } from './defragmentation.ts';
import { encodings } from './encodings.ts';
import { general } from './general.ts';
import { lazyFreeing } from './lazy-freeing.ts';
import { limits } from './limits.ts';
import { memory } from './memory.ts';
import { events, latency, slowLog } from './monitoring.ts';
import { network } from './network.ts';
import { replication } from './replication.ts';
import { scripting } from './scripting.ts';
import { security } from './security.ts';
import { shutdown } from './shutdown.ts';
import { snapshotting } from './snapshotting.ts';
import { tls } from './tls.ts';

export const sections = [
  network,
  tls,
  general,
  snapshotting,
  appendOnly,
  replication,
  security,
  limits,
  memory,
  encodings,
  slowLog,
  latency,
  events,
  scripting,
  shutdown,
  advanced,
  defragmentation,
  lazyFreeing,
  cluster,
] as const;

type Row = (typeof sections)[number]['directives'][number];

export type DirectiveName = Row['name'];

/** The value of each directive, as the program reads it. */
export type ConfigValues = { readonly [R in Row as R['name']]: ReturnType<R['view']> };

export const directives: readonly AnyDirective[] = sections.flatMap((one): readonly AnyDirective[] => one.directives);

/** A directive under one of its names. */
export interface NamedDirective {
  /** The name or the alias, in lower case. */
  readonly name: string;
  readonly directive: AnyDirective;
}

const byName = new Map<string, NamedDirective>();
for (const directive of directives) {
  for (const name of [directive.name, directive.facts.alias]) {
    if (name !== undefined) byName.set(name, { name, directive });
  }
}

/** All names, aliases included, each alias after its name. */
export const namedDirectives: readonly NamedDirective[] = [...byName.values()];

/** Finds a directive by name or alias, in any case. */
export function findDirective(name: string): NamedDirective | undefined {
  return byName.get(name.toLowerCase());
}

/** Words of a configuration file that are no settings: they have no value and CONFIG doesn't know them. */
export const statements = [
  {
    name: 'include',
    form: 'include PATH',
    summary:
      'Read another file at this place, or all files that a pattern with "*", "?" or "[]" names. Later lines win over earlier ones. CONFIG REWRITE does not touch included files.',
  },
  {
    name: 'user',
    form: 'user NAME RULE…',
    summary: 'A user of the server, with rules as in ACL SETUSER. Not together with aclfile.',
  },
  {
    name: 'rename-command',
    form: 'rename-command NAME NEW-NAME',
    summary: 'Give a command another name, or none at all with "". Users with rules are the better way.',
  },
  {
    name: 'loadmodule',
    form: 'loadmodule PATH ARGUMENT…',
    summary: 'Load a module of Redis, which this server cannot.',
  },
] as const;
