import type { Mark, MarkKind, Timeline, TimelineWindow } from "../api/contract";
import { figure, percent, title } from "../parts/words";
import type { Times } from "../parts/zone";
import type { Option } from "./echarts";
import type { Palette } from "./palette";
import { band, legend, lines, tooltip, xAxis, yAxis, zoomSlider } from "./parts";

/** The rows of marks under the lines, from the top. */
export const LANES = ["promotion", "evaluation", "decision", "freeze"] as const satisfies readonly MarkKind[];

const SYMBOLS: Record<MarkKind, string> = {
  promotion: "triangle",
  evaluation: "diamond",
  decision: "circle",
  freeze: "rect",
};

/** The same for all three, whatever their labels need: they share the x axis. */
const SIDES = { left: 76, right: 12, outerBoundsMode: "none" };
const [TOP, MAIN, STRIP, GAP, LANE] = [30, 240, 34, 26, 22];
export const TIMELINE_HEIGHT = TOP + MAIN + GAP + STRIP + GAP + LANE * LANES.length + 58;

export interface Placed extends Mark {
  x: number;
}

/** Each mark with the window it belongs to: its own, or the one in which it took place. */
export function placed(timeline: Timeline): Placed[] {
  const places = new Map(timeline.windows.map(({ window }, at) => [window.key, at]));
  return timeline.marks.flatMap((mark) => {
    const x = mark.window ? places.get(mark.window.key) : endingAt(timeline.windows, mark.at);
    return x === undefined ? [] : [{ ...mark, x }];
  });
}

/** What follows a window is dated with its end, so an instant belongs to the window that ends then or later. */
function endingAt(windows: readonly TimelineWindow[], at: string): number | undefined {
  const found = windows.findIndex(({ window }) => Date.parse(window.end) >= Date.parse(at));
  return found < 0 ? undefined : found;
}

interface View {
  timeline: Timeline;
  times: Times;
  range: readonly [number, number];
  selected: number | null;
}

export function drawTimeline({ timeline, times, range, selected }: View, palette: Palette): Option {
  const { windows, metric } = timeline;
  const labels = times.labels(windows.map(({ window }) => window.start));
  const below = TOP + MAIN + GAP;
  return {
    legend: legend(palette, [metric, { name: "estimated", lineStyle: { type: "dashed" } }]),
    tooltip: tooltip(palette, {
      trigger: "axis",
      axisPointer: { axis: "x" },
      formatter: (found: { axisValue: number }[]) => told(timeline, times, found),
    }),
    axisPointer: { link: [{ xAxisIndex: "all" }], snap: true, lineStyle: { color: palette.muted } },
    grid: [
      { ...SIDES, top: TOP, height: MAIN },
      { ...SIDES, top: below, height: STRIP },
      { ...SIDES, top: below + STRIP + GAP, height: LANE * LANES.length },
    ],
    xAxis: [
      xAxis(palette, labels, { gridIndex: 0 }),
      xAxis(palette, labels, { gridIndex: 1, axisLabel: { show: false }, axisTick: { show: false } }),
      xAxis(palette, labels, {
        gridIndex: 2,
        axisLabel: { show: false },
        axisTick: { show: false },
        position: "bottom",
      }),
    ],
    yAxis: [
      yAxis(palette, { gridIndex: 0, ...extent(windows) }),
      yAxis(palette, {
        gridIndex: 1,
        min: 0,
        max: 1,
        interval: 1,
        axisLabel: { color: palette.muted, formatter: (share: number) => (share === 1 ? "labels 100 %" : "0 %") },
      }),
      yAxis(palette, {
        gridIndex: 2,
        type: "category",
        inverse: true,
        axisPointer: { show: false },
        data: LANES.map((kind) => `${title(kind)}s`),
        axisLine: { show: false },
        axisTick: { show: false },
        splitLine: { show: true, lineStyle: { color: palette.line, opacity: 0.6 } },
      }),
    ],
    dataZoom: zoomSlider(palette, range, [0, 1, 2]),
    series: [
      ...band(
        "estimated band",
        palette.estimated,
        windows.map(({ estimated }) => ends(estimated)),
      ),
      ...band(
        "realised band",
        palette.realised,
        windows.map(({ realised }) => ends(realised)),
      ),
      { ...estimatedLine(windows, palette), markArea: championSpans(timeline, range[0], palette) },
      { ...realisedLine(windows, metric, palette), markLine: here(selected, palette) },
      {
        name: "labels known",
        type: "bar",
        xAxisIndex: 1,
        yAxisIndex: 1,
        barWidth: "70%",
        itemStyle: { color: palette.realised, opacity: 0.5 },
        data: windows.map(({ realised }, at) => [at, realised?.coverage ?? null]),
      },
      ...LANES.map((kind) => lane(kind, timeline, palette)),
    ],
  };
}

/** The lines and what is realised fill the height; the band of an unsure estimate may reach beyond it. */
function extent(windows: readonly TimelineWindow[]) {
  const known = windows.flatMap(({ realised, estimated }) => [
    ...(ends(realised) ?? []),
    realised?.value,
    estimated?.value,
  ]);
  const values = known.filter((value) => typeof value === "number");
  if (values.length === 0) return {};
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low || Math.abs(high) || 1) * 0.08;
  return { min: Number((low - margin).toPrecision(2)), max: Number((high + margin).toPrecision(2)) };
}

function ends(interval: { low: number | null; high: number | null } | null): [number, number] | null {
  return interval && interval.low !== null && interval.high !== null ? [interval.low, interval.high] : null;
}

function realisedLine(windows: readonly TimelineWindow[], name: string, palette: Palette) {
  return {
    name,
    type: "line",
    symbol: "circle",
    symbolSize: 5,
    color: palette.realised,
    lineStyle: { width: 2 },
    data: windows.map(({ realised }, at) => [at, realised?.value ?? null]),
  };
}

function estimatedLine(windows: readonly TimelineWindow[], palette: Palette) {
  return {
    name: "estimated",
    type: "line",
    symbol: "circle",
    symbolSize: 4,
    color: palette.estimated,
    lineStyle: { width: 1.5, type: "dashed" },
    data: windows.map(({ estimated }, at) => [at, estimated?.value ?? null]),
  };
}

/** From the first window that a champion scored to its last one, unless that is before what is seen. */
function championSpans({ champions, windows }: Timeline, first: number, palette: Palette) {
  const start = (moment: string) => {
    const found = windows.findIndex(({ window }) => Date.parse(window.start) >= Date.parse(moment));
    return (found < 0 ? windows.length : found) - 0.5;
  };
  const data = champions.flatMap(({ version, from, to }) => {
    const end = to === null ? windows.length - 0.5 : start(to);
    const itemStyle = { color: palette.spans[version % palette.spans.length] };
    return end < first ? [] : [[{ name: `v${version}`, xAxis: start(from), itemStyle }, { xAxis: end }]];
  });
  return { silent: true, label: { color: palette.muted, fontSize: 11, distance: 2 }, data };
}

function here(selected: number | null, palette: Palette) {
  if (selected === null) return undefined;
  const lineStyle = { color: palette.text, width: 1, type: "solid" };
  return { silent: true, symbol: "none", label: { show: false }, lineStyle, data: [{ xAxis: selected }] };
}

function lane(kind: MarkKind, timeline: Timeline, palette: Palette) {
  return {
    name: title(kind),
    type: "scatter",
    xAxisIndex: 2,
    yAxisIndex: 2,
    symbol: SYMBOLS[kind],
    symbolSize: 11,
    data: placed(timeline)
      .filter((mark) => mark.kind === kind)
      .map((mark) => ({
        value: [mark.x, LANES.indexOf(kind)],
        itemStyle: { color: colour(mark.what, palette) },
      })),
  };
}

function colour(what: string, palette: Palette): string {
  const found: Record<string, string> = {
    retrain: palette.realised,
    recalibrate: palette.realised,
    alert: palette.warn,
    await_approval: palette.warn,
    roll_back: palette.bad,
    rollback: palette.bad,
    block: palette.bad,
    failed: palette.bad,
    promote: palette.good,
    promotion: palette.good,
  };
  return found[what] ?? palette.calm;
}

function told(timeline: Timeline, times: Times, found: { axisValue: number }[]): HTMLElement | string {
  const at = Math.round(found[0]?.axisValue ?? -1);
  const row = timeline.windows[at];
  if (!row) return "";
  const { realised, estimated } = row;
  const flagged = Object.entries(row.flagged).map(([kind, number]) => `${number} ${kind}`);
  return lines([
    times.window(row.window),
    realised
      ? `${timeline.metric} ${figure(realised.value)}, labels ${percent(realised.coverage)}`
      : `${timeline.metric}: no labels yet`,
    ...(estimated ? [`estimated ${figure(estimated.value)}${estimated.muted ? " (not to be trusted)" : ""}`] : []),
    row.champion === null ? "no champion" : `champion v${row.champion}`,
    ...(flagged.length > 0 ? [`flagged: ${flagged.join(", ")}`] : []),
    ...placed(timeline)
      .filter((mark) => mark.x === at)
      .map((mark) => `${title(mark.kind)}: ${mark.what.replaceAll("_", " ")}`),
  ]);
}
