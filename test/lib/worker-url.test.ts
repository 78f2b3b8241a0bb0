import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startWorker } from '../../src/lib/worker-url.ts';

describe('starting a worker', () => {
  it('runs a TypeScript module that imports others', async () => {
    const worker = startWorker(new URL('./echo-worker.ts', import.meta.url), { workerData: 'hello' });
    worker.postMessage('four');
    expect(await once(worker, 'message')).toEqual(['hello 4']);
    expect(await worker.terminate()).toBe(1);
  });

  it('reports a module that fails to load', async () => {
    const worker = startWorker(new URL('./broken-worker.ts', import.meta.url));
    const [error] = await once(worker, 'error');
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe('broken on purpose');
  });

  it('reports a module that is missing', async () => {
    const worker = startWorker(new URL('./no-such-worker.ts', import.meta.url));
    const [error] = await once(worker, 'error');
    expect(error.code).toBe('ERR_MODULE_NOT_FOUND');
  });

  it('works under tsx', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'respd-worker-'));
    try {
      const module = new URL('../../src/lib/worker-url.ts', import.meta.url);
      const worker = new URL('./echo-worker.ts', import.meta.url);
      expect(runProgram(folder, module, worker, ['--import', import.meta.resolve('tsx')])).toBe('hello 4');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('takes the compiled module of the same name where the program is compiled', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'respd-worker-'));
    try {
      // Stripped by hand of what little there is to strip.
      const source = readFileSync(new URL('../../src/lib/worker-url.ts', import.meta.url), 'utf8')
        .replace(', type WorkerOptions', '')
        .replace('moduleUrl: URL, options: WorkerOptions = {}): Worker', 'moduleUrl, options = {})');
      writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
      writeFileSync(path.join(folder, 'worker-url.js'), source);
      writeFileSync(
        path.join(folder, 'echo.js'),
        `import { parentPort, workerData } from 'node:worker_threads';
         parentPort.on('message', (text) => parentPort.postMessage(workerData + ' ' + text.length));`,
      );
      const url = (name: string) => pathToFileURL(path.join(folder, name));
      expect(runProgram(folder, url('worker-url.js'), url('echo.ts'), [])).toBe('hello 4');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Starts a process that starts the worker and prints its answer. */
function runProgram(folder: string, module: URL, worker: URL, flags: readonly string[]): string {
  const program = path.join(folder, 'program.mjs');
  writeFileSync(
    program,
    `const { startWorker } = await import(${JSON.stringify(module.href)});
     const worker = startWorker(new URL(${JSON.stringify(worker.href)}), { workerData: 'hello' });
     worker.once('message', (answer) => {
       process.stdout.write(answer);
       worker.terminate();
     });
     worker.postMessage('four');`,
  );
  return execFileSync(process.execPath, [...flags, program], { encoding: 'utf8' });
}
