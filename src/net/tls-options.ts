/**
 * The `tls-` directives as options of Node's TLS servers.
 *
 * Everything is tried before it is used: each part by itself, so that the error names the one at fault, and in the
 * order and words of Redis. A server never gets options that a handshake would fail with.
 */
import { constants } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import tls, { type SecureVersion, type TlsOptions } from 'node:tls';
import type { Config } from '../config/config.ts';
import type { DirectiveName } from '../config/directives/index.ts';
import { systemErrorText } from '../lib/system-error.ts';
import { TlsError, tlsErrorText } from './tls-error.ts';

/** The directives that {@link tlsOptionsOf} reads. */
export const TLS_DIRECTIVES: readonly DirectiveName[] = [
  'tls-cert-file',
  'tls-key-file',
  'tls-key-file-pass',
  'tls-client-cert-file',
  'tls-client-key-file',
  'tls-client-key-file-pass',
  'tls-ca-cert-file',
  'tls-ca-cert-dir',
  'tls-dh-params-file',
  'tls-auth-clients',
  'tls-protocols',
  'tls-ciphers',
  'tls-ciphersuites',
  'tls-prefer-server-ciphers',
  'tls-session-caching',
  'tls-session-cache-size',
  'tls-session-cache-timeout',
  'tls-replication',
];

/** What a TLS server is made of. */
export interface TlsSettings extends TlsOptions {
  /** How many sessions of clients without tickets are remembered; 0 is any number. Absent: none. */
  readonly sessionCacheSize?: number;
}

interface Version {
  /** In lower case, as `tls-protocols` has it in any. */
  readonly word: string;
  readonly version: SecureVersion;
  /** The option that forbids it. */
  readonly without: number;
}

/** The oldest first. */
const VERSIONS: readonly Version[] = [
  { word: 'tlsv1', version: 'TLSv1', without: constants.SSL_OP_NO_TLSv1 },
  { word: 'tlsv1.1', version: 'TLSv1.1', without: constants.SSL_OP_NO_TLSv1_1 },
  { word: 'tlsv1.2', version: 'TLSv1.2', without: constants.SSL_OP_NO_TLSv1_2 },
  { word: 'tlsv1.3', version: 'TLSv1.3', without: constants.SSL_OP_NO_TLSv1_3 },
];

const DEFAULT_PROTOCOLS = 'TLSv1.2 TLSv1.3';

/** How OpenSSL names the certificates of a directory: by the hash of their subject (`openssl rehash`). */
const HASHED_NAME = /^[0-9a-f]{8}\.\d+$/;

// Files without what they should have are the same to Node as none.
const HAS_CERTIFICATE = /-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/;
const HAS_PARAMETERS = /-----BEGIN (X9\.42 )?DH PARAMETERS-----/;

/**
 * Reads and tries certificates and keys.
 *
 * @throws {TlsError} with Redis's words for the log
 */
export function tlsOptionsOf(config: Config): TlsSettings {
  const certFile = config.get('tls-cert-file');
  const keyFile = config.get('tls-key-file');
  if (certFile === '') throw new TlsError('No tls-cert-file configured!');
  if (keyFile === '') throw new TlsError('No tls-key-file configured!');
  const authClients = config.get('tls-auth-clients');
  const caFile = config.get('tls-ca-cert-file');
  const caDirectory = config.get('tls-ca-cert-dir');
  if ((authClients !== 'no' || config.get('tls-replication')) && caFile === '' && caDirectory === '') {
    throw new TlsError(
      'Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or tls-auth-clients are enabled!',
    );
  }
  const { secureOptions, ...versions } = versionsOf(config.get('tls-protocols'));
  const identity = readIdentity(certFile, keyFile, config.get('tls-key-file-pass'));
  const ca = readAuthorities(caFile, caDirectory);
  const ciphers = cipherListOf(config.get('tls-ciphers'), config.get('tls-ciphersuites'));
  const dhparam = readParameters(config.get('tls-dh-params-file'));
  const clientCertFile = config.get('tls-client-cert-file');
  const clientKeyFile = config.get('tls-client-key-file');
  if (clientCertFile !== '' && clientKeyFile !== '') {
    readIdentity(clientCertFile, clientKeyFile, config.get('tls-client-key-file-pass'));
  }
  const caches = config.get('tls-session-caching');
  return {
    ...versions,
    ...identity,
    ca,
    ciphers,
    dhparam,
    requestCert: authClients !== 'no',
    rejectUnauthorized: authClients === 'yes',
    honorCipherOrder: config.get('tls-prefer-server-ciphers'),
    secureOptions: secureOptions | constants.SSL_OP_NO_RENEGOTIATION | (caches ? 0 : constants.SSL_OP_NO_TICKET),
    sessionTimeout: config.get('tls-session-cache-timeout'),
    ...(caches ? { sessionCacheSize: config.get('tls-session-cache-size') } : {}),
  };
}

/** `tls-protocols` names each version that is allowed, with gaps if need be. */
function versionsOf(protocols: string): {
  minVersion: SecureVersion;
  maxVersion: SecureVersion;
  secureOptions: number;
} {
  const words = (protocols === '' ? DEFAULT_PROTOCOLS : protocols).toLowerCase().split(' ');
  const allowed = VERSIONS.filter(({ word }) => words.includes(word));
  if (allowed.length === 0 || !words.every((word) => VERSIONS.some((each) => each.word === word))) {
    throw new TlsError(
      "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.",
    );
  }
  const forbidden = VERSIONS.filter((version) => !allowed.includes(version));
  return {
    minVersion: allowed[0].version,
    maxVersion: allowed[allowed.length - 1].version,
    secureOptions: forbidden.reduce((options, { without }) => options | without, 0),
  };
}

type Identity = Required<Pick<TlsOptions, 'cert' | 'key'>> & Pick<TlsOptions, 'passphrase'>;

/** A certificate and the key that belongs to it. */
function readIdentity(certFile: string, keyFile: string, pass: string): Identity {
  const cert = attempt(`Failed to load certificate: ${certFile}: `, () => {
    const bytes = readFileSync(certFile);
    tls.createSecureContext({ cert: bytes });
    return bytes;
  });
  const key = attempt(`Failed to load private key: ${keyFile}: `, () => {
    const bytes = readFileSync(keyFile);
    // Without a certificate, a key that belongs to another would not be noticed.
    tls.createSecureContext({ cert, key: bytes, passphrase: pass });
    return bytes;
  });
  return pass === '' ? { cert, key } : { cert, key, passphrase: pass };
}

/** The certificates of the authorities that are trusted: none unless given, where Node would trust the browsers'. */
function readAuthorities(file: string, directory: string): Buffer[] {
  return attempt('Failed to configure CA certificate(s) file/directory: ', () => {
    const ca: Buffer[] = file === '' ? [] : [readFileSync(file)];
    // Other files of the directory are not meant to be trusted.
    const names = directory === '' ? [] : readdirSync(directory).filter((name) => HASHED_NAME.test(name));
    for (const name of names) ca.push(readFileSync(join(directory, name)));
    if (file !== '' && !HAS_CERTIFICATE.test(ca[0].toString('latin1'))) throw new Error('no certificate or crl found');
    tls.createSecureContext({ ca });
    return ca;
  });
}

/** Node takes the ciphers of all versions as one list, and what is missing in it as not wanted. */
function cipherListOf(ciphers: string, suites: string): string {
  const defaults = tls.DEFAULT_CIPHERS.split(':');
  const isSuite = (name: string): boolean => name.startsWith('TLS_');
  const list = ciphers === '' ? defaults.filter((name) => !isSuite(name)).join(':') : ciphers;
  const suiteList = suites === '' ? defaults.filter(isSuite).join(':') : suites;
  if (ciphers !== '') {
    refuseUnless(`Failed to configure ciphers: ${ciphers}`, !ciphers.split(':').some(isSuite) && isUsable(ciphers));
  }
  if (suites !== '') {
    refuseUnless(`Failed to configure ciphersuites: ${suites}`, suites.split(':').every(isSuite) && isUsable(suites));
  }
  return `${suiteList}:${list}`;
}

function isUsable(ciphers: string): boolean {
  try {
    tls.createSecureContext({ ciphers });
    return true;
  } catch {
    return false;
  }
}

function refuseUnless(message: string, isGood: boolean): void {
  if (!isGood) throw new TlsError(message);
}

function readParameters(file: string): Buffer | 'auto' {
  if (file === '') return 'auto';
  const bytes = attempt(`Failed to load ${file}: `, () => readFileSync(file));
  if (!HAS_PARAMETERS.test(bytes.toString('latin1'))) throw new TlsError(`${file}: failed to read DH params.`);
  attempt(`Failed to load DH params file: ${file}: `, () => tls.createSecureContext({ dhparam: bytes }));
  return bytes;
}

function attempt<T>(failure: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const isSystems = error instanceof Error && 'syscall' in error;
    throw new TlsError(failure + (isSystems ? systemErrorText(error) : tlsErrorText(error)), error);
  }
}
