/** Clients that listen to a channel while others publish: a process of their own, which does nothing but read. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { tether } from './server-process.ts';

export class Subscribers {
  private readonly client: ChildProcess;

  private constructor(client: ChildProcess) {
    this.client = client;
  }

  /** Resolves once all `count` of them are subscribed. */
  static async start(port: number, count: number, channel: string): Promise<Subscribers> {
    const program = fileURLToPath(new URL('./subscribers-client.ts', import.meta.url));
    const client = tether(fork(program, [String(port), String(count), channel], { execArgv: ['--import', 'tsx'] }));
    await once(client, 'message');
    return new Subscribers(client);
  }

  /** Ends them; answers how many bytes they have got. */
  async stop(): Promise<number> {
    const exited = once(this.client, 'exit');
    const reported = once(this.client, 'message');
    this.client.send('stop');
    const [bytes] = (await reported) as [number];
    await exited;
    return bytes;
  }
}
