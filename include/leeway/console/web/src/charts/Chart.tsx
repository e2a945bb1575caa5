import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { type ECharts, init, type Option } from "./echarts";
import { type Palette, usePalette } from "./palette";

interface Props {
  title: string;
  /** What the chart shows, in a sentence: for those who do not see it. */
  summary: string;
  height: number;
  /** What ECharts draws. Keep it the same (useCallback) as long as the data are. */
  draw: (palette: Palette) => Option;
  /** The same data as a table; left out where it stands below the chart anyway. */
  table?: ReactNode;
  tools?: ReactNode;
  /** A click at a place of the first axes. */
  pick?: (x: number, y: number) => void;
  /** Another part of the x axis was chosen to be seen. */
  zoom?: (first: number, last: number) => void;
}

/** A chart and, in its place when asked for, the table of the same data. */
export function Chart({ title, summary, height, draw, table, tools, pick, zoom }: Props) {
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  return (
    <figure className="chart" aria-labelledby={id}>
      <figcaption>
        <h2 id={id}>{title}</h2>
        <div className="tools">
          {tools}
          {table && (
            <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
              Table
            </button>
          )}
        </div>
      </figcaption>
      {asTable ? table : <Drawing {...{ summary, height, draw, pick, zoom }} />}
    </figure>
  );
}

type DrawingProps = Pick<Props, "summary" | "height" | "draw"> & {
  pick: Props["pick"] | undefined;
  zoom: Props["zoom"] | undefined;
};

function Drawing({ summary, height, draw, pick, zoom }: DrawingProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(null);
  const handlers = useRef({ pick, zoom });
  handlers.current = { pick, zoom };
  const palette = usePalette();
  const option = useMemo(() => ({ ...framed(palette), ...draw(palette) }), [palette, draw]);

  useEffect(() => {
    if (!place.current) return;
    const drawn = init(place.current);
    chart.current = drawn;
    const observer = new ResizeObserver(() => drawn.resize());
    observer.observe(place.current);
    drawn.getZr().on("click", ({ offsetX, offsetY }) => {
      for (const grid of [0, 1, 2]) {
        if (!drawn.containPixel({ gridIndex: grid }, [offsetX, offsetY])) continue;
        const [x, y] = drawn.convertFromPixel({ gridIndex: grid }, [offsetX, offsetY]) as [number, number];
        handlers.current.pick?.(Math.round(x), Math.round(y));
      }
    });
    drawn.on("datazoom", () => {
      const { dataZoom } = drawn.getOption() as { dataZoom: { startValue: number; endValue: number }[] };
      const [range] = dataZoom;
      if (range) handlers.current.zoom?.(Math.ceil(range.startValue), Math.floor(range.endValue));
    });
    return () => {
      observer.disconnect();
      drawn.dispose();
    };
  }, []);
  useEffect(() => chart.current?.setOption(option, { notMerge: true }), [option]);

  return (
    <div
      ref={place}
      className={pick ? "drawing pickable" : "drawing"}
      style={{ height }}
      role="img"
      aria-label={summary}
    />
  );
}

/** What all charts have in common. */
function framed(palette: Palette): Option {
  return {
    animation: false,
    color: palette.series,
    textStyle: { color: palette.text, fontFamily: "inherit" },
  };
}
