/** INFO's commandstats, errorstats and latencystats sections. */
import type { Command, CommandRegistry } from '../../../dispatch/registry.ts';
import type { InfoSection } from './info-text.ts';

export const commandStatsSection: InfoSection = {
  names: ['commandstats'],
  title: 'Commandstats',
  shown: 'with-all',
  write({ registry }, text) {
    for (const command of runCommands(registry)) {
      const { calls, microseconds, rejected, failed } = command;
      if (calls === 0 && rejected === 0 && failed === 0) continue;
      const perCall = calls === 0 ? 0 : microseconds / calls;
      text.field(
        `cmdstat_${safe(command.fullName)}`,
        `calls=${calls},usec=${Math.round(microseconds)},usec_per_call=${perCall.toFixed(2)},rejected_calls=${rejected},failed_calls=${failed}`,
      );
    }
  },
};

export const errorStatsSection: InfoSection = {
  names: ['errorstats'],
  title: 'Errorstats',
  shown: 'by-default',
  write({ stats }, text) {
    const codes = [...stats.errors.keys()].sort();
    for (const code of codes) text.field(`errorstat_${safe(code)}`, `count=${stats.errors.get(code)}`);
  },
};

export const latencyStatsSection: InfoSection = {
  names: ['latencystats'],
  title: 'Latencystats',
  shown: 'with-all',
  write({ config, registry }, text) {
    if (!config.get('latency-tracking')) return;
    const percentiles = config.get('latency-tracking-info-percentiles');
    for (const { fullName, latency } of runCommands(registry)) {
      if (latency.count === 0) continue;
      const values = percentiles.map((p) => `p${Number(p.toFixed(6))}=${latency.percentile(p).toFixed(3)}`);
      text.field(`latency_percentiles_usec_${safe(fullName)}`, values.join(','));
    }
  },
};

/** All commands and subcommands. */
function* runCommands(registry: CommandRegistry): Generator<Command> {
  for (const command of registry.all()) {
    yield command;
    yield* command.subcommands.values();
  }
}

/** A name without the characters that INFO's format needs. */
function safe(name: string): string {
  return name.replace(/[#:\r\n]/g, '_');
}
