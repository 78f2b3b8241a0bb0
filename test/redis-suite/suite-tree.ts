/**
 * The tree that the suite runs in: the tests of the source, with respd where they expect `src/redis-server` and the
 * installed tools of Redis beside it.
 */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const TOOLS = ['redis-cli', 'redis-benchmark', 'redis-check-aof', 'redis-check-rdb'];

export class SuiteTree implements Disposable {
  readonly folder: string;
  private readonly source: string;
  private tls: boolean | null = null;

  private constructor(source: string, folder: string) {
    this.source = source;
    this.folder = folder;
  }

  /**
   * @param source the folder with Redis's source
   * @param server the command that starts respd
   * @throws {Error} when a tool of Redis is not installed
   */
  static create(source: string, server: readonly string[]): SuiteTree {
    const folder = mkdtempSync(join(tmpdir(), 'redis-suite-'));
    cpSync(join(source, 'tests'), join(folder, 'tests'), { recursive: true });
    mkdirSync(join(folder, 'src'));
    // The suite knows a server by the process that it has started, so respd takes the wrapper's place.
    const words = server.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    writeFileSync(join(folder, 'src', 'redis-server'), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
    for (const tool of TOOLS) symlinkSync(installed(tool), join(folder, 'src', tool));
    return new SuiteTree(source, folder);
  }

  /** Makes the certificates that units over TLS need; false where Tcl or OpenSSL can't. */
  prepareTls(): boolean {
    this.tls ??= this.makeCertificates();
    return this.tls;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private makeCertificates(): boolean {
    const { folder, source } = this;
    if (!succeeds('tclsh', [], 'if {[catch {package require tls 1.6}]} {exit 1}')) return false;
    // Redis's script looks for a prime, which takes minutes; a known group serves as well.
    const script = readFileSync(join(source, 'utils', 'gen-test-certs.sh'), 'utf8').replace(
      /openssl dhparam -out (\S+) \d+/,
      'openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out $1',
    );
    return succeeds('bash', ['-s'], script, folder);
  }
}

/** Why the suite can't run here, or null if it can. */
export function missingForSuite(): string | null {
  if (!succeeds('tclsh', [], 'exit 0')) return 'tclsh is missing (Debian: apt-get install tcl)';
  for (const tool of TOOLS) {
    try {
      installed(tool);
    } catch {
      return `${tool} is missing (Debian: apt-get install redis-server redis-tools)`;
    }
  }
  return null;
}

function installed(tool: string): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, tool);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next one.
    }
  }
  throw new Error(`${tool} is not installed`);
}

function succeeds(command: string, args: readonly string[], input: string, cwd?: string): boolean {
  return spawnSync(command, args, { cwd, input }).status === 0;
}
