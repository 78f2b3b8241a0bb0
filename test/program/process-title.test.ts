import { describe, expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { titleOf } from '../../src/program/process-title.ts';

describe('the title of the process', () => {
  it('has name, address and mode by default', () => {
    const config = Config.defaults();
    expect(titleOf(config)).toBe('respd *:6379');
    config.override('cluster-enabled', true);
    config.override('bind', '127.0.0.1 ::1');
    expect(titleOf(config)).toBe('respd 127.0.0.1:6379 [cluster]');
  });

  it('names the TLS port or the Unix socket where there is nothing else', () => {
    const config = Config.defaults();
    config.override('port', 0);
    config.override('unixsocket', '/tmp/a.sock');
    expect(titleOf(config)).toBe('respd unixsocket:/tmp/a.sock');
    config.override('tls-port', 7000);
    expect(titleOf(config)).toBe('respd *:7000');
  });

  it('follows the template', () => {
    const config = Config.defaults();
    config.override('proc-title-template', '{{ {port}/{tls-port} {config-file} {unixsocket} ');
    expect(titleOf(config)).toBe('{ 6379/0 -');
  });
});
