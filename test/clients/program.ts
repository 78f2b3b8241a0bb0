/**
 * Runs a client program to its end, or feeds it line by line.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ProgramResult {
  /** Null after a signal. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly input?: string | Uint8Array;
  /** Ends the program by SIGINT as soon as its output satisfies this. */
  readonly until?: (stdout: string) => boolean;
}

export async function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (options.until?.(stdout) === true) child.kill('SIGINT');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // The program may end without reading everything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}
