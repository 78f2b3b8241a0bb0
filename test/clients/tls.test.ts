/** Clients over TLS, to a server that listens to nothing else. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { hasRedis } from '../support/redis-tools.ts';
import { startRespd } from '../support/respd-server.ts';
import { freePort, type ServerProcess } from '../support/server-process.ts';
import { startSubject } from '../support/subject.ts';
import { type ProgramResult, runProgram } from './program.ts';

const directory = mkdtempSync(join(tmpdir(), 'respd-tls-'));
let files: Certificates;
let server: ServerProcess;
let port: number;

beforeAll(async () => {
  files = makeCertificates(directory);
  port = await freePort();
  server = await startSubject({
    config: {
      'tls-port': port,
      'tls-cert-file': files.serverCert,
      'tls-key-file': files.serverKey,
      'tls-ca-cert-file': files.caCert,
    },
  });
});
afterAll(async () => {
  await server?.stop();
  rmSync(directory, { recursive: true });
});

/** What a client needs to trust the server and be trusted. */
const secure = (): { ca: Buffer; cert: Buffer; key: Buffer } => ({
  ca: readFileSync(files.caCert),
  cert: readFileSync(files.clientCert),
  key: readFileSync(files.clientKey),
});

describe.skipIf(!hasRedis)('redis-cli --tls', () => {
  const cli = (...args: string[]): Promise<ProgramResult> =>
    runProgram('redis-cli', ['-p', String(port), '--tls', '--cacert', files.caCert, ...args]);
  const identity = (): string[] => ['--cert', files.clientCert, '--key', files.clientKey];

  it('runs commands, with large values both ways', async () => {
    expect((await cli(...identity(), 'SET', 'k', 'v')).stdout).toBe('OK\n');
    const value = 'x'.repeat(2_000_000);
    const args = ['-p', String(port), '--tls', '--cacert', files.caCert, ...identity(), '-x', 'SET', 'large'];
    expect((await runProgram('redis-cli', args, { input: value })).stdout).toBe('OK\n');
    expect((await cli(...identity(), 'GET', 'large')).stdout).toBe(`${value}\n`);
    expect((await cli(...identity(), 'CLIENT', 'INFO')).stdout).toMatch(/ flags=N /);
    expect((await cli(...identity(), 'INFO', 'server')).stdout).toContain(`tcp_port:${port}\r\n`);
  });

  it('is turned away without a certificate', async () => {
    expect((await cli('PING')).stdout).not.toContain('PONG');
    expect((await cli(...identity(), 'PING')).stdout).toBe('PONG\n');
  });
});

describe('ioredis over TLS', () => {
  it('pipelines, and waits for a list', async () => {
    const redis = new Redis(port, '127.0.0.1', { tls: secure() });
    const other = redis.duplicate();
    try {
      const replies = await redis.pipeline().set('a', '1').incr('a').exec();
      expect(replies?.map(([, value]) => value)).toEqual(['OK', 2]);
      const popped = other.blpop('queue', 10);
      await redis.rpush('queue', 'task');
      expect(await popped).toEqual(['queue', 'task']);
    } finally {
      redis.disconnect();
      other.disconnect();
    }
  });
});

describe('node-redis over TLS', () => {
  it('stores and reads, in RESP3', async () => {
    const client = createClient({ RESP: 3, socket: { host: '127.0.0.1', port, tls: true, ...secure() } });
    await client.connect();
    try {
      await client.hSet('hash', { field: 'value' });
      expect(await client.hGetAll('hash')).toEqual({ field: 'value' });
    } finally {
      client.destroy();
    }
  });
});

describe('the program', () => {
  it('does not start with a bad certificate, and says why', async () => {
    const config = { 'tls-port': await freePort(), 'tls-cert-file': files.serverCert, 'tls-key-file': files.otherKey };
    const failure = await startRespd({ config: { ...config, 'tls-auth-clients': 'no' } }).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(failure).toMatch(/ended with 1 at start/);
    expect(failure).toMatch(/Failed to load private key: .*other\.key: error:\w+:x509/);
    expect(failure).toContain('Failed to configure TLS. Check logs for more info.');
  });
});
