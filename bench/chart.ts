/** The picture of the report: throughput of respd relative to Redis, one group of bars per command. */
import { BarChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { figureOf, type Measurement } from './measurement.ts';

use([BarChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

const WIDTH = 900;
const ROW_HEIGHT = 58;
const MARGIN_HEIGHT = 130;
/** Bars of larger ratios end here; their labels say the whole. */
const LONGEST_BAR = 5;
const FONT = 'system-ui, sans-serif';
const COLORS = ['#9ecae1', '#4292c6', '#08519c', '#08306b'];

/** Ratios by command and pipeline depth; `null` where one of the two servers was not measured. */
export interface ThroughputRatios {
  readonly commands: readonly string[];
  readonly series: readonly { readonly pipeline: number; readonly ratios: readonly (number | null)[] }[];
}

/** Collects the ratios of all tests that measure throughput and are named `<command> p<depth>`. */
export function throughputRatios(measurements: readonly Measurement[]): ThroughputRatios {
  const found = new Map<string, Map<number, number>>();
  for (const { test, metric, subject, value } of measurements) {
    const name = /^(.+) p(\d+)$/.exec(test);
    if (name === null || metric !== 'throughput' || subject !== 'respd') continue;
    const redis = figureOf(measurements, test, metric, 'redis');
    if (redis === undefined) continue;
    const byDepth = found.get(name[1]) ?? new Map<number, number>();
    found.set(name[1], byDepth.set(Number(name[2]), value / redis));
  }
  const depths = [...new Set([...found.values()].flatMap((byDepth) => [...byDepth.keys()]))].sort((a, b) => a - b);
  return {
    commands: [...found.keys()],
    series: depths.map((pipeline) => ({
      pipeline,
      ratios: [...found.values()].map((byDepth) => byDepth.get(pipeline) ?? null),
    })),
  };
}

/** A bar for `ratio`, labelled with it. */
function barOf(ratio: number): object {
  const rounded = Number(ratio.toFixed(2));
  return { value: Math.min(rounded, LONGEST_BAR), label: { formatter: String(rounded) } };
}

/** Draws `ratios` as an SVG document. */
export function renderChart(ratios: ThroughputRatios): string {
  const height = MARGIN_HEIGHT + ROW_HEIGHT * ratios.commands.length;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    color: COLORS,
    textStyle: { fontFamily: FONT },
    title: {
      text: 'Throughput, respd / Redis',
      subtext: 'commands per round trip by colour; the line at 1 is Redis',
      left: 16,
      top: 12,
    },
    legend: { right: 16, top: 20 },
    grid: { left: 180, right: 48, top: 80, bottom: 40 },
    xAxis: { type: 'value', min: 0, max: (extent: { max: number }) => Math.min(LONGEST_BAR, Math.ceil(extent.max)) },
    yAxis: { type: 'category', data: [...ratios.commands], inverse: true, axisTick: { show: false } },
    series: ratios.series.map((series, index) => ({
      type: 'bar',
      name: `p${series.pipeline}`,
      data: series.ratios.map((ratio) => (ratio === null ? '-' : barOf(ratio))),
      label: { show: true, position: 'right', fontSize: 10 },
      ...(index === 0 && {
        markLine: {
          silent: true,
          symbol: 'none',
          label: { show: false },
          lineStyle: { color: '#c0392b', type: 'solid', width: 1.5 },
          data: [{ xAxis: 1 }],
        },
      }),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
