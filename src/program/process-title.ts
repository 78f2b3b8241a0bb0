/** What ps and top show: `proc-title-template`, filled in. */
import type { Config } from '../config/config.ts';

/** Titles the process, now and whenever what the title shows is changed. */
export function followTitle(config: Config): void {
  if (!config.get('set-proc-title')) return;
  const update = (): void => {
    process.title = titleOf(config);
  };
  update();
  config.onChangeOfAny(['proc-title-template', 'port', 'tls-port', 'bind'], update);
}

/** The template with its variables replaced; which there are is checked when it is configured. */
export function titleOf(config: Config): string {
  const port = config.get('port');
  const tlsPort = config.get('tls-port');
  const socket = config.get('unixsocket');
  const listening = port !== 0 || tlsPort !== 0;
  const address = listening ? `${config.get('bind')[0] ?? '*'}:${port || tlsPort}` : `unixsocket:${socket}`;
  const values: Readonly<Record<string, string>> = {
    title: 'respd',
    'listen-addr': address,
    'server-mode': config.get('cluster-enabled') ? '[cluster]' : '',
    'config-file': config.filePath ?? '-',
    port: String(port),
    'tls-port': String(tlsPort),
    unixsocket: socket,
  };
  const text = config.get('proc-title-template').replaceAll(/\{\{|\{([^}]*)\}/g, (part, name?: string) => {
    return part === '{{' ? '{' : (values[name ?? ''] ?? '');
  });
  return text.replace(/^ +| +$/g, '');
}
