import type { BacktestResult } from "../api/contract";
import { figure } from "../parts/words";
import type { Option } from "./echarts";
import type { Palette } from "./palette";
import { legend, lines, tooltip, yAxis } from "./parts";

interface Point {
  name: string;
  retrains: number;
  score: number;
}

/** Policies as points: how many retrains each needed, and how good the model was with it. */
export function drawFrontier(result: BacktestResult, palette: Palette): Option {
  const policies = result.policies.flatMap(point);
  const periodic = result.periodic.flatMap(({ period, ...found }) =>
    point({ name: `every ${period} windows`, ...found }),
  );
  const oracle = result.oracle.flatMap((found) => point({ name: `oracle, ${found.retrains} retrains`, ...found }));
  const cloud = (name: string, symbol: string, color: string, found: Point[], more: object = {}) => ({
    name,
    type: "scatter",
    symbol,
    symbolSize: 10,
    color,
    data: found.map((one) => ({ name: one.name, value: [one.retrains, one.score] })),
    ...more,
  });
  const recommended = result.recommendation?.policy;
  return {
    grid: { left: 64, right: 24, top: 40, bottom: 44 },
    legend: legend(palette, ["policies", "periodic", "best in hindsight"]),
    tooltip: tooltip(palette, {
      formatter: ({ name, value }: { name: string; value: number[] }) =>
        lines([name, `${value[0]} retrains`, `${result.metric} ${figure(value[1])}`]),
    }),
    xAxis: yAxis(palette, {
      scale: false,
      minInterval: 1,
      name: "retrains",
      nameLocation: "middle",
      nameGap: 28,
      splitLine: { show: false },
    }),
    yAxis: yAxis(palette, { name: result.metric, nameGap: 10 }),
    series: [
      cloud("best in hindsight", "circle", palette.calm, oracle, {
        type: "line",
        symbolSize: 4,
        lineStyle: { type: "dashed", width: 1.2 },
      }),
      cloud("periodic", "rect", palette.estimated, periodic),
      cloud("policies", "diamond", palette.realised, policies, {
        label: {
          show: true,
          position: "right",
          color: palette.text,
          formatter: ({ name }: { name: string }) => (name === recommended ? `${name} (recommended)` : name),
        },
        labelLayout: { hideOverlap: true },
      }),
    ],
  };
}

function point({ name, retrains, score }: { name: string; retrains: number | null; score: number | null }): Point[] {
  return retrains === null || score === null ? [] : [{ name, retrains, score }];
}
