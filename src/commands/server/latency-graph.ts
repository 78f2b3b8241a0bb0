/**
 * LATENCY GRAPH: the samples of an event as columns of characters, each labelled with how long ago it was. The form is
 * that of Redis (`sparkline.c`).
 */
import type { LatencyEvent } from '../../dispatch/latency-monitor.ts';

const COLUMNS = 80;
const ROWS = 4;
/** What fills a cell of a column from a third to the whole; above it a column goes on as {@link STEM}. */
const LEVELS = '_o#';
const STEM = '|';

export function latencyGraph(name: string, { samples, maxMilliseconds }: LatencyEvent, nowSeconds: number): string {
  const values = samples.map(({ milliseconds }) => milliseconds);
  const labels = samples.map(({ atSeconds }) => ageLabel(nowSeconds - atSeconds));
  const high = Math.max(...values);
  const low = Math.min(...values);
  let text = `${name} - high ${high} ms, low ${low} ms (all time high ${maxMilliseconds} ms)\n`;
  text += `${'-'.repeat(COLUMNS)}\n`;
  for (let from = 0; from < values.length; from += COLUMNS) {
    const to = Math.min(values.length, from + COLUMNS);
    if (from > 0) text += '\n';
    text += columns(values.slice(from, to), low, high);
    text += `${' '.repeat(to - from)}\n`;
    text += upright(labels.slice(from, to));
  }
  return text;
}

function columns(values: readonly number[], low: number, high: number): string {
  const steps = LEVELS.length * ROWS;
  const range = high === low ? 1 : high - low;
  const heights = values.map((value) => Math.min(steps - 1, Math.trunc(((value - low) * steps) / range)));
  let text = '';
  for (let row = ROWS - 1; row >= 0; row--) {
    for (const height of heights) {
      const level = height - row * LEVELS.length;
      text += level >= LEVELS.length ? STEM : level >= 0 ? LEVELS[level] : ' ';
    }
    text += '\n';
  }
  return text;
}

/** The labels from top to bottom. */
function upright(labels: readonly string[]): string {
  const rows = Math.max(...labels.map((label) => label.length));
  let text = '';
  for (let row = 0; row < rows; row++) {
    for (const label of labels) text += label[row] ?? ' ';
    text += '\n';
  }
  return text;
}

function ageLabel(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
