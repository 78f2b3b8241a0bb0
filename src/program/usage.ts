/** `--version` and `--help`. */
import { REDIS_VERSION, RESPD_VERSION } from '../lib/version.ts';

const EXAMPLES = `
Directives are those of redis.conf. They are read after the file and the standard input, and win over them.

respd --check-rdb <file> reads a snapshot, prints what is in it and whether it is whole, and ends with status 1 if not.
respd --check-aof [--fix | --truncate-to-timestamp <unix time>] <manifest or file> does the same for an append-only file;
--fix cuts off what is damaged at its end, and the other option what was written later.

Examples:
  respd                                            run with the defaults, on port 6379
  respd /etc/redis/redis.conf                      run with a configuration file
  respd /etc/redis/redis.conf --loglevel verbose   the same, with one directive changed
  respd --port 7777 --replicaof 127.0.0.1 8888
  echo 'maxmemory 128mb' | respd -                 read the configuration from the standard input`;

/** As in Redis these count only as the first argument: behind a directive they are its values. */
export function asksForUsage(args: readonly string[]): boolean {
  return ['-v', '--version', '-h', '--help'].includes(args[0]);
}

/** What `--version` prints: one line of `name=value` pairs that begins as Redis's does. */
function versionLine(): string {
  return `respd server v=${RESPD_VERSION} redis=${REDIS_VERSION} node=${process.versions.node} bits=64`;
}

/** Prints what the first argument asks for and ends the process with 0. Nothing else needs the library. */
export async function printUsage(args: readonly string[]): Promise<void> {
  const { Command } = await import('commander');
  new Command('respd')
    .description('A Redis-compatible in-memory key-value server.')
    .usage('[/path/to/redis.conf | -] [--directive value ...] [-]')
    .version(versionLine(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', EXAMPLES)
    .parse(args.slice(0, 1), { from: 'user' });
}
