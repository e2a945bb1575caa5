import type { Distribution } from "../api/contract";
import { figure, percent } from "../parts/words";
import type { Option } from "./echarts";
import type { Palette } from "./palette";
import { legend, lines, tooltip, yAxis } from "./parts";

export interface Share {
  label: string;
  reference: number | null;
  current: number | null;
}

/** The shares of a distribution with what each is a share of: bins of numbers, or levels. */
export function sharesOf({ bins, levels }: Distribution): Share[] {
  const told = levels.map(({ level, ...shares }) => ({ label: level, ...shares }));
  return [...bins.map(({ low, high, ...shares }) => ({ label: between(low, high), ...shares })), ...told];
}

function between(low: number | null, high: number | null): string {
  if (low === null) return `below ${short(high)}`;
  if (high === null) return `${short(low)} and above`;
  return low === high ? short(low) : `${short(low)} to ${short(high)}`;
}

function short(value: number | null): string {
  return value === null ? "" : String(Number(value.toPrecision(4)));
}

export function drawDistribution(shares: readonly Share[], palette: Palette): Option {
  const bars = (name: "reference" | "current", color: string) => ({
    name,
    type: "bar",
    barGap: "0%",
    barCategoryGap: "20%",
    color,
    data: shares.map((share) => share[name]),
  });
  return {
    grid: { left: 44, right: 8, top: 28, bottom: 46 },
    legend: legend(palette, ["reference", "current"]),
    tooltip: tooltip(palette, {
      trigger: "axis",
      axisPointer: { type: "shadow" },
      formatter: ([found]: { dataIndex: number }[]) => told(found && shares[found.dataIndex]),
    }),
    xAxis: {
      type: "category",
      data: shares.map((share) => share.label),
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
      axisLabel: {
        color: palette.muted,
        hideOverlap: true,
        width: 90,
        overflow: "truncate",
        rotate: shares.length > 8 && !/\d/.test(shares[0]?.label ?? "") ? 30 : 0,
      },
    },
    yAxis: yAxis(palette, {
      scale: false,
      axisLabel: {
        color: palette.muted,
        formatter: (share: number) => percent(share, share < 0.1 && share > 0 ? 1 : 0),
      },
    }),
    series: [bars("reference", palette.calm), bars("current", palette.realised)],
  };
}

function told(share: Share | undefined): HTMLElement | string {
  if (!share) return "";
  return lines([share.label, `reference ${percent(share.reference, 1)}`, `current ${percent(share.current, 1)}`]);
}

/** Scores against outcomes: on the diagonal, a score means what it says. */
export function drawReliability(
  bins: readonly { rows: number; score: number | null; share: number | null }[],
  palette: Palette,
): Option {
  const known = bins.filter((bin) => bin.score !== null && bin.share !== null);
  const top = Math.max(0.1, ...known.flatMap((bin) => [bin.score ?? 0, bin.share ?? 0]));
  const max = Math.min(1, Math.ceil(top * 10) / 10);
  const named = (name: string) => ({ name, nameLocation: "middle", nameGap: 30, min: 0, max, scale: false });
  return {
    grid: { left: 52, right: 12, top: 28, bottom: 44 },
    legend: legend(palette, ["outcomes", "as scored"]),
    tooltip: tooltip(palette, {
      trigger: "item",
      formatter: ({ dataIndex }: { dataIndex: number }) => {
        const bin = known[dataIndex];
        if (!bin) return "";
        return lines([`${bin.rows} rows`, `mean score ${figure(bin.score)}`, `outcomes ${figure(bin.share)}`]);
      },
    }),
    xAxis: yAxis(palette, { ...named("mean score"), splitLine: { show: false } }),
    yAxis: yAxis(palette, { ...named("share of positive outcomes"), nameTextStyle: { color: palette.muted } }),
    series: [
      {
        name: "as scored",
        type: "line",
        symbol: "none",
        silent: true,
        color: palette.calm,
        lineStyle: { type: "dashed", width: 1 },
        data: [
          [0, 0],
          [max, max],
        ],
      },
      {
        name: "outcomes",
        type: "line",
        symbol: "circle",
        symbolSize: 5,
        color: palette.realised,
        data: known.map((bin) => [bin.score, bin.share]),
      },
    ],
  };
}
