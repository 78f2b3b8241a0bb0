/**
 * The interface between the program and its suites, one file each under `suites/`: a suite names its tests and
 * metrics and answers measurements; servers, rounds, selection and progress lines come from the {@link Bench}.
 */
import type { Measurement, Metric, Subject } from './measurement.ts';
import type { ServerName, ServerProcess, Settings } from './server-process.ts';

export interface Suite {
  /** As given to `--suite`. */
  readonly name: string;
  /** The heading of its section in the report. */
  readonly title: string;
  /** How it measures, in Markdown: what a reader needs to judge or repeat the figures. */
  readonly about: string;
  readonly metrics: readonly Metric[];
  /** Names of all tests, in the order of the report; `--only` selects among them. */
  readonly tests: readonly string[];
  run(bench: Bench): Promise<Measurement[]>;
}

/** What a running suite may ask for. */
export interface Bench {
  /** How often each test is run; what becomes of them is said by the suite. */
  readonly rounds: number;
  /** Shorter runs: to see that everything works, not to publish. */
  readonly quick: boolean;
  /** The servers to measure, in order. */
  readonly servers: readonly ServerName[];
  /** Whether the test is among those asked for. */
  selects(test: string): boolean;
  /** The size of a data set, `count` in a full run; less of it with `--scale` or `--quick`. */
  scaled(count: number): number;
  /**
   * Starts a server that saves only when told to and waits until it answers, which it does once it has loaded what is
   * in `directory` (a new one, unless told).
   */
  start(name: ServerName, directory?: string, settings?: Settings): Promise<ServerProcess>;
  /** The program and arguments that {@link Bench.start} would run, for suites that time the start itself. */
  command(name: ServerName): readonly string[];
  /** Runs `action`; with `--profile`, only the time spent in such actions against respd is reported. */
  measured<Result>(name: ServerName, action: () => Promise<Result>): Promise<Result>;
  /** Prints one measurement as it comes in. */
  live(test: string, subject: Subject, figures: string): void;
  /** Reports a test that could not be measured; the others go on, and the program exits with status 1. */
  failed(test: string, subject: Subject, error: unknown): void;
}

/** The order of the servers in a round: reversed every other time, so that neither always runs second. */
export function alternate(servers: readonly ServerName[], round: number): readonly ServerName[] {
  return round % 2 === 0 ? servers : servers.toReversed();
}

/** Runs `action` with all servers started. */
export async function withServers<Result>(
  bench: Bench,
  action: (servers: ReadonlyMap<ServerName, ServerProcess>) => Promise<Result>,
): Promise<Result> {
  const servers = new Map<ServerName, ServerProcess>();
  try {
    for (const name of bench.servers) servers.set(name, await bench.start(name));
    return await action(servers);
  } finally {
    for (const server of servers.values()) await server.stop();
  }
}
