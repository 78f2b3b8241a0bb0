/**
 * Starts worker threads from modules of this project, wherever it runs: from `dist/`, where modules are JavaScript, and
 * from the sources (tsx, Vitest), where a thread must learn to read TypeScript first. Threads do not inherit that.
 */
import { Worker, type WorkerOptions } from 'node:worker_threads';

const runsFromSources = import.meta.url.endsWith('.ts');

/**
 * Starts `moduleUrl`, written as in the sources: `new URL('./snapshot-worker.ts', import.meta.url)`. From `dist/` it is
 * the `.js` of the same name. What goes wrong while the module loads is the worker's `error` event.
 */
export function startWorker(moduleUrl: URL, options: WorkerOptions = {}): Worker {
  if (!runsFromSources) {
    const compiled = new URL(moduleUrl);
    compiled.pathname = compiled.pathname.replace(/\.ts$/, '.js');
    return new Worker(compiled, options);
  }
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const program = `import(${loader}).then((tsx) => { tsx.register(); return import(${JSON.stringify(moduleUrl.href)}); })`;
  // Not the flags of this process: those of a test runner or a loader are for the main thread.
  return new Worker(program, { execArgv: [], ...options, eval: true });
}
