import type { ClientType } from '../../dispatch/client-info.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

const TYPES: Readonly<Record<string, ClientType>> = {
  normal: 'normal',
  master: 'master',
  replica: 'replica',
  slave: 'replica',
  pubsub: 'pubsub',
};

/** The type of client that a TYPE option names. */
export function readClientType(value: Slice): ClientType {
  for (const name of Object.keys(TYPES)) if (value.equalsIgnoreCase(name)) return TYPES[name];
  throw errors.clientType(value);
}
