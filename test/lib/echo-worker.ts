/** Answers each message, and says what it was given at its start. */
import { parentPort, workerData } from 'node:worker_threads';
import { Slice } from '../../src/lib/slice.ts';

const greeting: string = workerData;
parentPort?.on('message', (text: string) => {
  parentPort?.postMessage(`${greeting} ${Slice.from(text).length}`);
});
