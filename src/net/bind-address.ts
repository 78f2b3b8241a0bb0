/**
 * The addresses of the `bind` directive.
 *
 * An address with a leading `-` is optional: it is skipped where the machine does not have it. `*` is every IPv4
 * address and `::*` every IPv6 address. An IPv6 socket never takes IPv4 clients, so that `* -::*` opens one socket
 * for each family on the same port.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

export interface BindAddress {
  /** As written in the configuration, without the leading `-`. */
  readonly name: string;
  readonly optional: boolean;
  readonly family: 4 | 6;
}

/** Codes of an address family that the machine does not have at all; Redis skips such addresses, optional or not. */
const NO_SUCH_FAMILY: ReadonlySet<string> = new Set([
  'ENOPROTOOPT',
  'EPROTONOSUPPORT',
  'ESOCKTNOSUPPORT',
  'EPFNOSUPPORT',
  'EAFNOSUPPORT',
]);

/** Reads one word of `bind`. */
export function parseBindAddress(word: string): BindAddress {
  const optional = word.startsWith('-');
  const name = optional ? word.slice(1) : word;
  return { name, optional, family: name.includes(':') ? 6 : 4 };
}

/** The numeric address to bind to. Host names are resolved within their family. */
export async function resolveBindAddress(address: BindAddress): Promise<string> {
  if (address.name === '*' && address.family === 4) return '0.0.0.0';
  if (address.name === '::*' && address.family === 6) return '::';
  if (isIP(address.name) !== 0) return address.name;
  return (await lookup(address.name, { family: address.family })).address;
}

/** True when the failure to bind to `address` with the system error `code` is no reason to give up. */
export function maySkip(address: BindAddress, code: string): boolean {
  return (code === 'EADDRNOTAVAIL' && address.optional) || NO_SUCH_FAMILY.has(code);
}
