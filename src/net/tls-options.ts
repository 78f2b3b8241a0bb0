/**
 * The `tls-` directives as options of Node's TLS servers.
 */
import { readFileSync } from 'node:fs';
import type { SecureVersion, TlsOptions } from 'node:tls';
import type { Config } from '../config/config.ts';

const VERSIONS: readonly [name: string, version: SecureVersion][] = [
  ['tlsv1', 'TLSv1'],
  ['tlsv1.1', 'TLSv1.1'],
  ['tlsv1.2', 'TLSv1.2'],
  ['tlsv1.3', 'TLSv1.3'],
];

/**
 * Reads certificates and keys.
 *
 * @throws Error of the file system when a file can't be read
 */
export function tlsOptionsOf(config: Config): TlsOptions {
  const file = (path: string | null): Buffer | undefined => (path ? readFileSync(path) : undefined);
  const authClients = config.get('tls-auth-clients');
  const options: TlsOptions = {
    requestCert: authClients !== 'no',
    rejectUnauthorized: authClients === 'yes',
    honorCipherOrder: config.get('tls-prefer-server-ciphers'),
    ...versionsOf(config.get('tls-protocols') ?? ''),
  };
  const parts: Pick<TlsOptions, 'cert' | 'key' | 'ca' | 'dhparam'> = {};
  const cert = file(config.get('tls-cert-file'));
  const key = file(config.get('tls-key-file'));
  const ca = file(config.get('tls-ca-cert-file'));
  const dhparam = file(config.get('tls-dh-params-file'));
  if (cert !== undefined) parts.cert = cert;
  if (key !== undefined) parts.key = key;
  if (ca !== undefined) parts.ca = ca;
  if (dhparam !== undefined) parts.dhparam = dhparam;
  const passphrase = config.get('tls-key-file-pass');
  const ciphers = [config.get('tls-ciphersuites'), config.get('tls-ciphers')].filter(Boolean).join(':');
  return {
    ...options,
    ...parts,
    ...(passphrase ? { passphrase } : {}),
    ...(ciphers === '' ? {} : { ciphers }),
  };
}

/** `tls-protocols` names each version that is allowed; Node wants the lowest and the highest. */
function versionsOf(protocols: string): Pick<TlsOptions, 'minVersion' | 'maxVersion'> {
  const words = protocols.toLowerCase().split(/\s+/);
  const allowed = VERSIONS.filter(([name]) => words.includes(name)).map(([, version]) => version);
  return allowed.length === 0 ? {} : { minVersion: allowed[0], maxVersion: allowed[allowed.length - 1] };
}
