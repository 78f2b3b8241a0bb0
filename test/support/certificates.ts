/** Certificates for tests, made by the openssl program in a given directory. Elliptic curves: they take no time. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificates {
  readonly caCert: string;
  /** The authority's certificate alone, under the hash of its subject. */
  readonly caDirectory: string;
  readonly serverCert: string;
  readonly serverKey: string;
  /** Another one for the same name. */
  readonly otherCert: string;
  readonly otherKey: string;
  /** The key of the server's certificate, encrypted with {@link PASSPHRASE}. */
  readonly lockedKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** Signed by itself: nobody trusts it. */
  readonly rogueCert: string;
  readonly rogueKey: string;
  readonly dhParameters: string;
}

export const PASSPHRASE = '1234';

export function makeCertificates(directory: string): Certificates {
  const at = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'];
  const selfSigned = (name: string): void => {
    openssl('req', '-x509', ...newKey, '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.crt`));
  };
  const signed = (file: string, name: string): void => {
    const [key, request] = [at(`${file}.key`), at(`${file}.csr`)];
    openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
    const authority = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '30'];
    openssl('x509', '-req', '-in', request, ...authority, '-extfile', at('names'), '-out', at(`${file}.crt`));
  };
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  selfSigned('ca');
  selfSigned('rogue');
  signed('server', 'localhost');
  signed('other', 'localhost');
  signed('client', 'client');
  openssl('ec', '-in', at('server.key'), '-aes256', '-passout', `pass:${PASSPHRASE}`, '-out', at('locked.key'));
  openssl('genpkey', '-genparam', '-algorithm', 'DH', '-pkeyopt', 'group:ffdhe2048', '-out', at('dh.pem'));
  const hash = openssl('x509', '-in', at('ca.crt'), '-noout', '-hash').trim();
  copyFileSync(at('ca.crt'), at(`${hash}.0`));
  return {
    caCert: at('ca.crt'),
    caDirectory: directory,
    serverCert: at('server.crt'),
    serverKey: at('server.key'),
    otherCert: at('other.crt'),
    otherKey: at('other.key'),
    lockedKey: at('locked.key'),
    clientCert: at('client.crt'),
    clientKey: at('client.key'),
    rogueCert: at('rogue.crt'),
    rogueKey: at('rogue.key'),
    dhParameters: at('dh.pem'),
  };
}
