/** TLS of a whole server, beside that of real Redis: what clients and CONFIG SET see. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import type { DirectiveName } from '../../src/config/directives/index.ts';
import { Server } from '../../src/server.ts';
import { type Certificates, makeCertificates, PASSPHRASE } from '../support/certificates.ts';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { RespClient } from '../support/resp-client.ts';
import { freePort, type ServerProcess } from '../support/server-process.ts';
import { RawSocket, request, until } from './fake-client.ts';

const directory = mkdtempSync(join(tmpdir(), 'respd-tls-'));
const logs: string[] = [];
let files: Certificates;
let server: Server;
let redis: ServerProcess | null = null;
let redisPort = 0;
let client: RespClient;

beforeAll(async () => {
  files = makeCertificates(directory);
  const settings: Partial<Record<DirectiveName, string>> = {
    'tls-cert-file': files.serverCert,
    'tls-key-file': files.serverKey,
    'tls-ca-cert-file': files.caCert,
  };
  const config = Config.defaults();
  const own = { port: '0', save: '', bind: '127.0.0.1', dir: directory, unixsocket: join(directory, 'sock') };
  const port = await freePort();
  for (const [name, text] of Object.entries({ ...own, 'tls-port': String(port), ...settings })) {
    config.override(name as DirectiveName, text);
  }
  server = new Server({ config, log: (_level, message) => logs.push(message) });
  await server.start();
  client = await RespClient.connect({ path: join(directory, 'sock') });
  if (!hasReferenceRedis) return;
  redisPort = await freePort();
  redis = await startRedis({ config: { 'tls-port': redisPort, ...settings } });
});

afterAll(async () => {
  await client?.close();
  await server?.close();
  await redis?.stop();
  rmSync(directory, { recursive: true });
});

/** Sets the directives, in pairs, in both servers; answers respd's reply, which must be that of Redis. */
async function set(...pairs: string[]): Promise<string> {
  const reply = String(await client.raw('CONFIG', 'SET', ...pairs));
  if (redis !== null) {
    const redisClient = await redis.connect();
    expect(reply).toBe(String(await redisClient.raw('CONFIG', 'SET', ...pairs)));
    await redisClient.close();
  }
  return reply;
}

/** What a client gets that connects so and sends PING: the reply, or nothing. The socket is handed to `look` first. */
async function ping(
  port: number,
  options: tls.ConnectionOptions,
  look: (socket: tls.TLSSocket) => void = () => {},
): Promise<string> {
  const secure = tls.connect({ host: '127.0.0.1', port, ca: readFileSync(files.caCert), ...options });
  const socket = new RawSocket(secure);
  socket.send(request('PING'));
  const reply = await socket.read(7);
  if (reply !== '') look(secure);
  secure.destroy();
  return reply;
}

/** True when such a client is served, by both servers or by none. */
async function serves(options: tls.ConnectionOptions): Promise<boolean> {
  const own = await ping(server.port, options);
  if (redis !== null) expect(await ping(redisPort, options)).toBe(own);
  return own !== '';
}

const identity = (cert: string, key: string): tls.ConnectionOptions => ({
  cert: readFileSync(cert),
  key: readFileSync(key),
});
const good = (): tls.ConnectionOptions => identity(files.clientCert, files.clientKey);
const rogue = (): tls.ConnectionOptions => identity(files.rogueCert, files.rogueKey);

describe('tls-auth-clients', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`tells clients apart by their certificates, by ${version}`, async () => {
      const versions = { minVersion: version, maxVersion: version };
      const outcomes: Record<string, boolean[]> = {};
      for (const mode of ['no', 'optional', 'yes']) {
        await set('tls-auth-clients', mode);
        outcomes[mode] = [
          await serves(versions),
          await serves({ ...versions, ...good() }),
          await serves({ ...versions, ...rogue() }),
        ];
      }
      expect(outcomes).toEqual({
        no: [true, true, true],
        optional: [true, true, false],
        yes: [false, true, false],
      });
    });
  }

  it('trusts a directory of certificates, of which only those that are named by their hash', async () => {
    await set('tls-ca-cert-file', '', 'tls-ca-cert-dir', files.caDirectory);
    expect([await serves(good()), await serves(rogue()), await serves({})]).toEqual([true, false, false]);
    await set('tls-ca-cert-file', files.caCert, 'tls-ca-cert-dir', '');
  });

  it('is not got around by a session from before', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const versions = { minVersion: version, maxVersion: version };
      await set('tls-auth-clients', 'no');
      let session: Buffer | undefined;
      const secure = tls.connect({ host: '127.0.0.1', port: server.port, ca: readFileSync(files.caCert), ...versions });
      secure.on('session', (data: Buffer) => {
        session = data;
      });
      const socket = new RawSocket(secure);
      socket.send(request('PING'));
      expect(await socket.read(7)).toBe('+PONG\r\n');
      await until(() => session !== undefined);
      const resumed = { ...versions, ...(session === undefined ? {} : { session }) };
      let reused = false;
      await ping(server.port, resumed, (connected) => {
        reused = connected.isSessionReused();
      });
      expect(reused).toBe(true);
      await set('tls-auth-clients', 'yes');
      expect(await ping(server.port, resumed)).toBe('');
      secure.destroy();
    }
  });
});

describe('protocols and ciphers', () => {
  const cipherOf = async (options: tls.ConnectionOptions): Promise<string> => {
    let name = '';
    await ping(server.port, { ...options, ...good() }, (socket) => {
      name = socket.getCipher().name;
    });
    return name;
  };

  it('are those that are allowed', async () => {
    const only = (version: tls.SecureVersion): tls.ConnectionOptions => ({
      minVersion: version,
      maxVersion: version,
      ...good(),
    });
    await set('tls-protocols', 'TLSv1.2');
    expect([await serves(only('TLSv1.2')), await serves(only('TLSv1.3'))]).toEqual([true, false]);
    await set('tls-protocols', 'tlsv1.3');
    expect([await serves(only('TLSv1.2')), await serves(only('TLSv1.3'))]).toEqual([false, true]);
    await set('tls-protocols', '');
    expect([await serves(only('TLSv1.2')), await serves(only('TLSv1.3'))]).toEqual([true, true]);
  });

  it('can be chosen for one version without a loss for the other', async () => {
    const [first, second] = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'];
    const wish: tls.ConnectionOptions = { maxVersion: 'TLSv1.2', ciphers: `${second}:${first}` };
    await set('tls-ciphers', `${first}:${second}`);
    expect(await cipherOf(wish)).toBe(second);
    expect(await cipherOf({ minVersion: 'TLSv1.3' })).toMatch(/^TLS_/);
    await set('tls-prefer-server-ciphers', 'yes');
    expect(await cipherOf(wish)).toBe(first);
    await set('tls-ciphers', second);
    expect(await serves({ maxVersion: 'TLSv1.2', ciphers: first, ...good() })).toBe(false);
    await set('tls-ciphers', '', 'tls-ciphersuites', 'TLS_CHACHA20_POLY1305_SHA256');
    expect(await cipherOf({ minVersion: 'TLSv1.3' })).toBe('TLS_CHACHA20_POLY1305_SHA256');
    expect(await serves({ maxVersion: 'TLSv1.2', ...good() })).toBe(true);
    await set('tls-ciphersuites', '', 'tls-prefer-server-ciphers', 'no');
  });
});

describe('sessions', () => {
  /** Whether a client that comes a second time, without tickets if so told, goes on with its session. */
  async function resumes(options: tls.ConnectionOptions): Promise<boolean> {
    let session: Buffer | undefined;
    const ticketless = { ca: readFileSync(files.caCert), ...good(), ...options };
    const secure = tls.connect({ host: '127.0.0.1', port: server.port, ...ticketless });
    secure.on('session', (data: Buffer) => {
      session = data;
    });
    const socket = new RawSocket(secure);
    socket.send(request('PING') + request('PING'));
    expect(await socket.read(14)).toBe('+PONG\r\n+PONG\r\n');
    secure.destroy();
    let reused = false;
    await ping(server.port, { ...ticketless, ...(session === undefined ? {} : { session }) }, (connected) => {
      reused = connected.isSessionReused();
    });
    return reused;
  }

  it('are resumed by ticket and by number, unless that is off', async () => {
    const old: tls.ConnectionOptions = { maxVersion: 'TLSv1.2' };
    const numbered: tls.ConnectionOptions = { ...old, secureOptions: 1 << 14 };
    expect([await resumes({}), await resumes(old), await resumes(numbered)]).toEqual([true, true, true]);
    await set('tls-session-caching', 'no');
    expect([await resumes({}), await resumes(old), await resumes(numbered)]).toEqual([false, false, false]);
    await set('tls-session-caching', 'yes');
  });
});

describe('CONFIG SET of certificates', () => {
  const serialOf = async (): Promise<string> => {
    let serial = '';
    await ping(server.port, good(), (socket) => {
      serial = socket.getPeerCertificate().serialNumber;
    });
    return serial;
  };

  it('has effect for new clients, and the others stay', async () => {
    const before = await serialOf();
    const secure = tls.connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ...good() });
    const socket = new RawSocket(secure);
    socket.send(request('SET', 'k', 'v'));
    expect(await socket.read(5)).toBe('+OK\r\n');
    await set('tls-cert-file', files.otherCert, 'tls-key-file', files.otherKey);
    const after = await serialOf();
    expect(after).not.toBe(before);
    socket.send(request('GET', 'k'));
    expect(await socket.read(7)).toBe('$1\r\nv\r\n');
    expect(secure.getPeerCertificate().serialNumber).toBe(before);
    secure.destroy();
    await set('tls-cert-file', files.serverCert, 'tls-key-file', files.serverKey);
    expect(await serialOf()).toBe(before);
  });

  it('takes an encrypted key with its passphrase, and other parameters', async () => {
    await set('tls-key-file-pass', PASSPHRASE, 'tls-key-file', files.lockedKey);
    expect(await serves(good())).toBe(true);
    await set('tls-key-file', files.serverKey, 'tls-key-file-pass', '');
    await set('tls-dh-params-file', files.dhParameters);
    expect(await serves(good())).toBe(true);
    await set('tls-dh-params-file', '');
    await set('tls-client-cert-file', files.clientCert, 'tls-client-key-file', files.clientKey);
  });

  it('refuses what is no good, says why in the log, and goes on as before', async () => {
    const before = await serialOf();
    const refused = async (...pairs: string[]): Promise<string> => {
      logs.length = 0;
      expect(await set(...pairs)).toBe(
        `-ERR CONFIG SET failed (possibly related to argument '${pairs[0]}') - Unable to update TLS configuration. Check server logs.\r\n`,
      );
      const [line] = logs;
      if (redis !== null) {
        // Where Node has another text than OpenSSL, or none, the beginning is what counts.
        const own = line.replace(/: (?:error:|no certificate|No such file).*$/, ': ');
        expect(redis.output, line).toContain(own);
      }
      return line;
    };
    const lines = [
      await refused('tls-cert-file', '/nonexistent'),
      await refused('tls-cert-file', files.dhParameters),
      await refused('tls-cert-file', ''),
      await refused('tls-key-file', ''),
      await refused('tls-key-file', '/nonexistent'),
      await refused('tls-key-file', files.otherKey),
      await refused('tls-key-file', files.serverCert),
      await refused('tls-ca-cert-file', ''),
      await refused('tls-ca-cert-file', files.serverKey),
      await refused('tls-protocols', 'TLSv1.4'),
      await refused('tls-protocols', 'TLSv1.2  TLSv1.3'),
      await refused('tls-ciphers', 'nothing'),
      await refused('tls-ciphersuites', 'TLS_NOTHING'),
      await refused('tls-dh-params-file', '/nonexistent'),
      await refused('tls-dh-params-file', files.serverCert),
      await refused('tls-client-cert-file', '/nonexistent'),
      await refused('tls-client-key-file', files.serverKey),
    ];
    expect(lines.map((line) => line.replaceAll(directory, ''))).toMatchInlineSnapshot(`
      [
        "Failed to load certificate: /nonexistent: No such file or directory",
        "Failed to load certificate: /dh.pem: error:0480006C:PEM routines::no start line",
        "No tls-cert-file configured!",
        "No tls-key-file configured!",
        "Failed to load private key: /nonexistent: No such file or directory",
        "Failed to load private key: /other.key: error:05800074:x509 certificate routines::key values mismatch",
        "Failed to load private key: /server.crt: error:1E08010C:DECODER routines::unsupported",
        "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or tls-auth-clients are enabled!",
        "Failed to configure CA certificate(s) file/directory: no certificate or crl found",
        "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.",
        "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.",
        "Failed to configure ciphers: nothing",
        "Failed to configure ciphersuites: TLS_NOTHING",
        "Failed to load /nonexistent: No such file or directory",
        "/server.crt: failed to read DH params.",
        "Failed to load certificate: /nonexistent: No such file or directory",
        "Failed to load private key: /server.key: error:05800074:x509 certificate routines::key values mismatch",
      ]
    `);
    logs.length = 0;
    expect(await set('tls-key-file', files.lockedKey)).toContain('Unable to update TLS');
    expect(logs[0]).toMatch(/^Failed to load private key: .*locked\.key: error:/);
    expect(await serialOf()).toBe(before);
    expect(await serves(good())).toBe(true);
  });

  it('answers wrong values as Redis does', async () => {
    expect(await set('tls-auth-clients', 'perhaps')).toContain('argument(s) must be one of the following');
    await set('tls-session-cache-size', '-1');
    await set('tls-session-cache-timeout', 'x');
    await set('tls-session-caching', 'perhaps');
    await set('tls-port', '65536');
    await set('tls-session-cache-size', '0', 'tls-session-cache-timeout', '0');
    expect(await serves(good())).toBe(true);
  });
});

describe('clients that are none', () => {
  it('harm nobody', async () => {
    const secure = tls.connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ...good() });
    const served = new RawSocket(secure);
    const connected = async (): Promise<void> => {
      served.send(request('PING'));
      expect(await served.read(7)).toBe('+PONG\r\n');
    };
    await connected();
    const before = server.listener.connected;
    logs.length = 0;
    const sockets: RawSocket[] = [];
    for (let i = 0; i < 40; i++) {
      const socket = await RawSocket.open({ host: '127.0.0.1', port: server.port });
      sockets.push(socket);
      if (i % 4 === 0) socket.send(request('PING'));
      // The first bytes of a handshake, and then nothing, an end, or a reset.
      else socket.socket.write(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]));
      if (i % 4 === 2) socket.socket.end();
      if (i % 4 === 3) socket.socket.resetAndDestroy();
      await connected();
    }
    await until(() => server.listener.connected === before + 10);
    await connected();
    expect(logs.some((line) => /^Error accepting a client connection: error:\w{8}:SSL routines::/.test(line))).toBe(
      true,
    );
    for (const socket of sockets) socket.socket.destroy();
    await until(() => server.listener.connected === before);
    await connected();
    secure.destroy();
  });
});

describe('the port', () => {
  it('stays open where other addresses or ports can not be listened to', async () => {
    expect(await set('bind', '999.999.999.999')).toContain('Failed to bind to specified addresses.');
    const taken = String(redis === null ? server.port : redisPort);
    const reply = String(await client.raw('CONFIG', 'SET', 'port', taken));
    expect(reply).toContain(
      "(possibly related to argument 'port') - Unable to listen on this port. Check server logs.",
    );
    expect(await serves(good())).toBe(true);
  });

  it('is turned off and on, with what was set meanwhile', async () => {
    const { port } = server;
    expect(String(await client.raw('CONFIG', 'SET', 'tls-port', '0'))).toBe('+OK\r\n');
    expect(server.listener.addresses.map(({ kind }) => kind)).toEqual(['unix']);
    expect(await client.call('CONFIG', 'SET', 'tls-cert-file', '/nonexistent')).toBe('OK');
    expect(String(await client.raw('CONFIG', 'SET', 'tls-port', String(port)))).toContain('Unable to update TLS');
    expect(server.listener.addresses.length).toBe(1);
    await client.call('CONFIG', 'SET', 'tls-cert-file', files.otherCert, 'tls-key-file', files.otherKey);
    expect(await client.call('CONFIG', 'SET', 'tls-port', String(port))).toBe('OK');
    expect(await ping(port, good())).toBe('+PONG\r\n');
    // A port without TLS does not ask for certificates.
    expect(await client.call('CONFIG', 'SET', 'tls-port', '0', 'tls-cert-file', '')).toBe('OK');
    expect(await client.call('CONFIG', 'SET', 'port', String(port))).toBe('OK');
    expect(server.port).toBe(port);
  });
});
