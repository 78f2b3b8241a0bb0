/** Programs of docs/examples as processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const examples = fileURLToPath(new URL('../../docs/examples/', import.meta.url));

export class ExampleProgram implements AsyncDisposable {
  private readonly child: ChildProcess;
  private text = '';

  /** @param file from docs/examples */
  constructor(file: string, env: Readonly<Record<string, string>>, args: readonly string[] = []) {
    this.child = spawn(process.execPath, [examples + file, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.text += text;
      });
    }
  }

  get output(): string {
    return this.text;
  }

  /** The first match in what the program prints; an error if it ends without. */
  async printed(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.text);
      if (match !== null) return match[0];
      if (this.child.exitCode !== null) throw new Error(`the program has ended:\n${this.text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await once(this.child, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
  }
}
