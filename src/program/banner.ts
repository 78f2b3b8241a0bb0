/** The logo at start. Test suites made for Redis look for its ` PID: `. */
import { REDIS_VERSION, RESPD_VERSION } from '../lib/version.ts';

export interface BannerFacts {
  readonly pid: number;
  readonly port: number;
  readonly mode: 'standalone' | 'cluster';
}

export function banner({ pid, port, mode }: BannerFacts): string {
  return `
      .--------.
     /  .----.  \\      respd ${RESPD_VERSION}, speaks Redis ${REDIS_VERSION}
    |  /  __  \\  |
    | |  |__>  | |     Running in ${mode} mode
    | |  | \\   | |     Port: ${port}
    |  \\ |  \\ /  |     PID: ${pid}
     \\  '----'  /
      '--------'

`;
}
