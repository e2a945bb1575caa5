import type { Drift, DriftCell } from "../api/contract";
import { figure } from "../parts/words";
import type { Times } from "../parts/zone";
import type { Option } from "./echarts";
import type { Palette } from "./palette";
import { lines, tooltip } from "./parts";

const ROW = 20;
/** How many times its threshold an effect is, in steps that a reader can tell apart. */
const STEPS = [
  { lt: 1, label: "below the threshold" },
  { gte: 1, lt: 2, label: "above it" },
  { gte: 2, lt: 5, label: "2 times" },
  { gte: 5, lt: 10, label: "5 times" },
  { gte: 10, label: "10 times and more" },
];

export function heatmapHeight(drift: Drift): number {
  return drift.subjects.length * ROW + 96;
}

/** How many times its threshold an effect is; what has no threshold has no such figure. */
export function excess({ effect, threshold }: DriftCell): number | null {
  return effect === null || !threshold ? null : Math.abs(effect) / threshold;
}

export function drawHeatmap(drift: Drift, times: Times, selected: DriftCell | null, palette: Palette): Option {
  const labels = times.labels(drift.windows.map((window) => window.start));
  const names = drift.subjects.map((subject) => subject.name);
  const axis = {
    axisLine: { lineStyle: { color: palette.line } },
    axisTick: { show: false },
    splitArea: { show: false },
  };
  return {
    grid: [{ left: 130, right: 12, top: 8, height: drift.subjects.length * ROW }],
    tooltip: tooltip(palette, {
      formatter: ({ data }: { data: { cell: DriftCell } }) => told(drift, times, data.cell),
    }),
    xAxis: { ...axis, type: "category", data: labels, axisLabel: { color: palette.muted, hideOverlap: true } },
    yAxis: {
      ...axis,
      type: "category",
      inverse: true,
      data: names,
      axisLabel: { color: palette.text, width: 118, overflow: "truncate" },
    },
    visualMap: {
      type: "piecewise",
      pieces: STEPS.map((step, at) => ({ ...step, color: palette.scale[at] })),
      dimension: 2,
      orient: "horizontal",
      left: 130,
      bottom: 0,
      itemWidth: 14,
      itemHeight: 12,
      itemGap: 14,
      textStyle: { color: palette.muted },
    },
    series: {
      type: "heatmap",
      data: lastOnTop(drift.cells, selected).map((cell) => ({
        cell,
        value: [cell.window, cell.subject, excess(cell) ?? 0],
        itemStyle: outline(cell, selected, palette),
      })),
    },
  };
}

/** Cells share their borders: flagged ones are drawn after the others, and the selected one last. */
function lastOnTop(cells: readonly DriftCell[], selected: DriftCell | null): DriftCell[] {
  const height = (cell: DriftCell) => (cell === selected ? 2 : Number(cell.flagged));
  return cells.toSorted((one, other) => height(one) - height(other));
}

function outline(cell: DriftCell, selected: DriftCell | null, palette: Palette) {
  if (cell === selected) return { borderColor: palette.realised, borderWidth: 3 };
  return cell.flagged
    ? { borderColor: palette.text, borderWidth: 1.5 }
    : { borderColor: palette.ground, borderWidth: 1 };
}

function told(drift: Drift, times: Times, cell: DriftCell): HTMLElement | string {
  const window = drift.windows[cell.window];
  if (!window) return "";
  return lines([
    `${drift.subjects[cell.subject]?.name ?? ""}, ${times.window(window)}`,
    cell.flagged ? "flagged" : "not flagged",
    `${cell.test}: effect ${figure(cell.effect)}, threshold ${figure(cell.threshold)}`,
    cell.sentence,
  ]);
}
