/**
 * Where the time of a server went: reads the files that `node --cpu-prof` writes and adds up self time per
 * function, within the spans of time that were measured.
 *
 * Format: the CPU profile of the DevTools protocol (`Profiler.Profile`): `samples[i]` is the node on top of the
 * stack at `startTime + timeDeltas[0] + … + timeDeltas[i]`, in microseconds of the system's monotonic clock, which
 * `process.hrtime` of another process reads too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The part of a `.cpuprofile` that is read here. */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** Counted from 0; -1 for native code. */
  readonly lineNumber: number;
}

/** A span of the monotonic clock, in microseconds. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

export interface FunctionTime {
  readonly functionName: string;
  /** File and line, or an empty text for native code. */
  readonly place: string;
  readonly selfUs: number;
}

/** Node's arguments for a profile of every thread in `directory`. */
export function profileArguments(directory: string): string[] {
  return ['--cpu-prof', '--cpu-prof-interval', '250', '--cpu-prof-dir', directory];
}

/** The monotonic clock now, in microseconds. */
export function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Reads the main threads' profiles in `directory`; `CPU.date.time.pid.thread.n.cpuprofile`, main thread 0. */
export function readProfiles(directory: string): CpuProfile[] {
  const files = readdirSync(directory).filter((file) => /\.0\.\d+\.cpuprofile$/.test(file));
  return files.map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')));
}

/** Self time per function, the most first. With no `spans`, all of the profile counts. */
export function selfTimes(profiles: readonly CpuProfile[], spans: readonly Span[]): FunctionTime[] {
  const times = new Map<string, { functionName: string; place: string; selfUs: number }>();
  for (const profile of profiles) {
    const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
    let atUs = profile.startTime;
    for (const [index, id] of profile.samples.entries()) {
      const tookUs = profile.timeDeltas[index];
      atUs += tookUs;
      const frame = frames.get(id);
      if (frame === undefined) continue;
      if (spans.length > 0 && !spans.some((span) => atUs >= span.fromUs && atUs <= span.toUs)) continue;
      const functionName = frame.functionName === '' ? '(anonymous)' : frame.functionName;
      const place = placeOf(frame);
      const key = `${functionName} ${place}`;
      const time = times.get(key) ?? { functionName, place, selfUs: 0 };
      time.selfUs += tookUs;
      times.set(key, time);
    }
  }
  return [...times.values()].sort((a, b) => b.selfUs - a.selfUs);
}

/** The first `limit` functions as lines of text; shares are of the time the thread was not idle. */
export function renderSelfTimes(times: readonly FunctionTime[], limit: number): string {
  const busy = times.filter((time) => time.functionName !== '(idle)');
  const sumUs = (list: readonly FunctionTime[]) => list.reduce((sum, time) => sum + time.selfUs, 0);
  const busyUs = sumUs(busy);
  const lines = busy.slice(0, limit).map((time) => {
    const share = `${((time.selfUs / busyUs) * 100).toFixed(1)} %`;
    return `${share.padStart(8)} ${(time.selfUs / 1000).toFixed(1).padStart(9)} ms  ${time.functionName}  ${time.place}`;
  });
  const seconds = (us: number) => `${(us / 1e6).toFixed(2)} s`;
  return [`busy ${seconds(busyUs)}, idle ${seconds(sumUs(times) - busyUs)}; self time:`, ...lines].join('\n');
}

function placeOf(frame: CallFrame): string {
  if (frame.url === '') return '';
  return `${frame.url.split('/').slice(-3).join('/')}:${frame.lineNumber + 1}`;
}
