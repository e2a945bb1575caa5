import { memo } from "react";
import type { ChartPoint } from "../api/contract";
import { figure } from "../parts/words";
import { init } from "./echarts";
import { type Palette, usePalette } from "./palette";

const SIZE = { width: 96, height: 28 };
const artist = init(null, null, { renderer: "svg", ssr: true, ...SIZE });

interface Props {
  metric: string;
  /** Undefined: not known, or not yet. */
  points: readonly ChartPoint[] | undefined;
  waiting: boolean;
}

/**
 * The course of a metric: realised as a line, estimated dashed. A picture drawn once, for there are many on a page.
 * Its room is always kept, so nothing moves when it comes.
 */
export const Sparkline = memo(function Sparkline({ metric, points, waiting }: Props) {
  const palette = usePalette();
  if (!points?.some((point) => point.realised !== null || point.estimated !== null)) {
    return <span className={waiting && !points ? "spark waiting" : "spark"} />;
  }
  const source = `data:image/svg+xml;utf8,${encodeURIComponent(drawn(points, palette))}`;
  return <img className="spark" src={source} alt={summary(metric, points)} {...SIZE} />;
});

function drawn(points: readonly ChartPoint[], palette: Palette): string {
  artist.setOption(
    {
      animation: false,
      grid: { left: 2, right: 2, top: 3, bottom: 3 },
      xAxis: { type: "category", show: false, data: points.map((point) => point.start) },
      yAxis: { type: "value", show: false, scale: true },
      series: [
        line(
          points.map((point) => point.estimated),
          { color: palette.estimated, type: [3, 2], width: 1.2 },
        ),
        line(
          points.map((point) => point.realised),
          { color: palette.realised, width: 1.5 },
        ),
      ],
    },
    { notMerge: true },
  );
  return artist.renderToSVGString();
}

function line(data: (number | null)[], lineStyle: object) {
  return { type: "line", symbol: "none", silent: true, data, lineStyle };
}

function summary(metric: string, points: readonly ChartPoint[]): string {
  const known = points.flatMap((point) => (point.realised === null ? [] : [point.realised]));
  if (known.length === 0) return `Estimated ${metric} in ${points.length} windows; no labels yet.`;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return `${metric} in ${points.length} windows: from ${figure(low)} to ${figure(high)}, last ${figure(known.at(-1))}.`;
}
