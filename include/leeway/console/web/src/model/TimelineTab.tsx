import { useCallback } from "react";
import type { Model, Timeline } from "../api/contract";
import { useResource } from "../api/useResource";
import { Chart } from "../charts/Chart";
import type { Palette } from "../charts/palette";
import { drawTimeline, placed, TIMELINE_HEIGHT } from "../charts/timeline";
import { Empty, Loaded } from "../parts/Notice";
import { useUrl } from "../parts/useUrl";
import { figure } from "../parts/words";
import { useTimes } from "../parts/zone";
import { MarkTable, WindowTable } from "./timelineTables";
import { useRange } from "./useRange";
import { WhyPanel } from "./WhyPanel";

/** The metric over the windows, who served when, and what was decided: a click on it says why. */
export function TimelineTab({ model }: { model: Model }) {
  const timeline = useResource<Timeline>(`models/${model.model}/timeline`);
  return (
    <Loaded resource={timeline} what="the timeline">
      {(found) =>
        found.windows.length > 0 ? (
          <TimelineView model={model} timeline={found} />
        ) : (
          <Empty>No window is measured yet. The first one runs when it is over; see Next run above.</Empty>
        )
      }
    </Loaded>
  );
}

function TimelineView({ model, timeline }: { model: Model; timeline: Timeline }) {
  const { get, change } = useUrl();
  const times = useTimes(timeline.time_zone);
  const keys = timeline.windows.map(({ window }) => window.key);
  const {
    range: [first, last],
    see,
  } = useRange(keys);
  const key = get("window");
  const selected = key === null ? null : keys.indexOf(key);
  const open = (at: string | null) => change({ window: at });
  const draw = useCallback(
    (palette: Palette) => drawTimeline({ timeline, times, range: [first, last], selected }, palette),
    [timeline, times, first, last, selected],
  );
  return (
    <div className={key ? "with-side" : undefined}>
      <div>
        <Chart
          title={`${timeline.metric} by window`}
          summary={summary(timeline)}
          height={TIMELINE_HEIGHT}
          draw={draw}
          table={<WindowTable timeline={timeline} times={times} selected={key} open={open} />}
          tools={
            <span className="muted">
              {timeline.higher_is_better ? "Higher" : "Lower"} is better. Times in {times.zone}.
            </span>
          }
          pick={(x) => open(keys[x] ?? null)}
          zoom={see}
        />
        <MarkTable marks={placed(timeline)} keys={keys} times={times} selected={key} open={open} />
      </div>
      {key && <WhyPanel model={model} windowKey={key} keys={keys} open={open} />}
    </div>
  );
}

function summary({ metric, windows, champions, marks }: Timeline): string {
  const known = windows.flatMap(({ realised }) => (realised?.value == null ? [] : [realised.value]));
  const decisions = marks.filter((mark) => mark.kind === "decision").length;
  const course =
    known.length === 0
      ? `no labels yet for ${metric}`
      : `realised ${metric} from ${figure(Math.min(...known))} to ${figure(Math.max(...known))}, last ${figure(known.at(-1))}`;
  return `${windows.length} windows: ${course}; ${champions.length} champions; ${decisions} windows with a decision to act. The table holds all of it.`;
}
