import type { Retrain, Retrains } from "../api/contract";
import { points, spoken } from "../parts/words";
import type { Times } from "../parts/zone";
import type { Option } from "./echarts";
import type { Palette } from "./palette";
import { legend, lines, tooltip, xAxis, yAxis } from "./parts";

/** What retrains were expected to bring and brought, oldest first, with the price of one as a line. */
export function drawGains(
  { cost, metric }: Retrains,
  oldestFirst: readonly Retrain[],
  times: Times,
  palette: Palette,
): Option {
  const labels = times.labels(oldestFirst.map((retrain) => retrain.as_of));
  const figures = oldestFirst.flatMap(({ expected, low, high, realised }) => [expected, low, high, realised]);
  const known = [0, cost, ...figures.filter((value) => value !== null)];
  const intervals = oldestFirst.flatMap(({ low, high }, at) =>
    low === null || high === null ? [] : [[{ coord: [at - 0.12, low] }, { coord: [at - 0.12, high] }]],
  );
  return {
    grid: { left: 56, right: 12, top: 46, bottom: 28 },
    legend: legend(palette, ["expected", "realised", "cost of a retrain"]),
    tooltip: tooltip(palette, {
      trigger: "item",
      formatter: ({ value }: { value: number[] }) => told(oldestFirst[Math.round(value[0] ?? -1)], times),
    }),
    xAxis: xAxis(palette, labels),
    yAxis: yAxis(palette, {
      min: Math.floor(Math.min(...known)),
      max: Math.ceil(Math.max(...known)),
      name: `points of ${metric}`,
      nameGap: 8,
    }),
    series: [
      {
        name: "expected",
        type: "scatter",
        symbol: "circle",
        symbolSize: 9,
        color: palette.estimated,
        data: oldestFirst.map(({ expected }, at) => [at - 0.12, expected]),
        markLine: {
          silent: true,
          symbol: ["rect", "rect"],
          symbolSize: [9, 1],
          label: { show: false },
          lineStyle: { type: "solid", width: 1.2, color: palette.estimated },
          data: intervals,
        },
      },
      {
        name: "realised",
        type: "scatter",
        symbol: "diamond",
        symbolSize: 12,
        color: palette.realised,
        data: oldestFirst.map(({ realised }, at) => [at + 0.12, realised]),
      },
      {
        name: "cost of a retrain",
        type: "line",
        symbol: "none",
        silent: true,
        color: palette.bad,
        lineStyle: { type: "dashed", width: 1 },
        data: [
          [-0.5, cost],
          [oldestFirst.length - 0.5, cost],
        ],
      },
    ],
  };
}

function told(retrain: Retrain | undefined, times: Times): HTMLElement | string {
  if (!retrain) return "";
  return lines([
    `Retrain as of ${times.moment(retrain.as_of)}`,
    `${retrain.reasons.map(spoken).join(", ")}: ${spoken(retrain.verdict)}`,
    `expected ${points(retrain.expected)} (${points(retrain.low)} to ${points(retrain.high)})`,
    retrain.realised === null ? "nothing realised yet" : `realised ${points(retrain.realised)}`,
  ]);
}
