import { useCallback } from "react";
import type { Model, Quality, Slices, Timeline, Window } from "../api/contract";
import { useResource } from "../api/useResource";
import { Chart } from "../charts/Chart";
import { drawReliability } from "../charts/distribution";
import type { Palette } from "../charts/palette";
import { DataTable } from "../parts/DataTable";
import { Empty, Loaded } from "../parts/Notice";
import { useUrl } from "../parts/useUrl";
import { count, figure, NOTHING, spoken } from "../parts/words";
import { useTimes } from "../parts/zone";
import { DistributionChart } from "./DistributionChart";
import { SlicesOverTime } from "./SlicesOverTime";

/** How well scores and slices do: one window in detail, then slices over time. */
export function QualityTab({ model }: { model: Model }) {
  const timeline = useResource<Timeline>(`models/${model.model}/timeline`);
  const slices = useResource<Slices>(`models/${model.model}/slices`);
  return (
    <>
      <Loaded resource={timeline} what="windows">
        {({ windows }) => {
          const scored = windows.filter(({ champion }) => champion !== null).map(({ window }) => window);
          return scored.length > 0 ? (
            <OneWindow model={model} windows={scored} />
          ) : (
            <Empty>No window is scored yet.</Empty>
          );
        }}
      </Loaded>
      <Loaded resource={slices} what="slices">
        {(found) => <SlicesOverTime model={model} found={found} />}
      </Loaded>
    </>
  );
}

function OneWindow({ model, windows }: { model: Model; windows: readonly Window[] }) {
  const { get, change } = useUrl();
  const times = useTimes(model.time_zone);
  const asked = windows.find((window) => window.key === get("window")) ?? windows.at(-1);
  const quality = useResource<Quality>(asked ? `models/${model.model}/windows/${asked.key}/quality` : null);
  return (
    <section>
      <label className="field">
        Window ({times.zone})
        <select value={asked?.key} onChange={(event) => change({ window: event.target.value })}>
          {windows.toReversed().map((window) => (
            <option key={window.key} value={window.key}>
              {times.window(window)}
            </option>
          ))}
        </select>
      </label>
      <Loaded resource={quality} what="scores and slices">
        {(found) => (
          <>
            <div className="columns">
              <div>
                {found.scores ? (
                  <DistributionChart found={found.scores} title="Scores" />
                ) : (
                  <Empty>No scores are kept of this window.</Empty>
                )}
              </div>
              <div>
                <Reliability found={found} binary={model.task === "binary"} />
              </div>
            </div>
            <SliceTable found={found} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Reliability({ found: { reliability }, binary }: { found: Quality; binary: boolean }) {
  const draw = useCallback((palette: Palette) => drawReliability(reliability, palette), [reliability]);
  if (!binary) return null;
  if (reliability.length === 0)
    return <Empty>The labels of this window are not known yet, so scores cannot be held against outcomes.</Empty>;
  const off = Math.max(...reliability.map(({ score, share }) => Math.abs((score ?? 0) - (share ?? 0))));
  return (
    <Chart
      title="Do scores mean what they say?"
      summary={`Scores against outcomes in ${reliability.length} bins; the largest distance is ${figure(off)}.`}
      height={240}
      draw={draw}
      table={
        <DataTable
          caption="Scores against outcomes"
          columns={[
            { name: "Mean score", head: true, figures: true, cell: ({ score }) => figure(score) },
            { name: "Positive outcomes", figures: true, cell: ({ share }) => figure(share) },
            { name: "Rows", figures: true, cell: ({ rows }) => count(rows) },
          ]}
          rows={reliability}
          id={(_, at) => at}
        />
      }
    />
  );
}

function SliceTable({ found }: { found: Quality }) {
  if (found.slices.length === 0) return null;
  const metrics = [...new Set(found.slices.flatMap((slice) => Object.keys(slice.metrics)))];
  return (
    <>
      <h2>Slices of this window{found.version === null ? "" : `, scored by v${found.version}`}</h2>
      <DataTable
        caption="Performance by slice in this window"
        quiet
        columns={[
          { name: "Slice", head: true, cell: ({ column, level }) => `${column} = ${level}` },
          { name: "Rows", figures: true, cell: ({ rows }) => (rows === null ? NOTHING : count(rows)) },
          ...metrics.map((name) => ({
            name: spoken(name),
            figures: true,
            cell: (slice: Quality["slices"][number]) => figure(slice.metrics[name]),
          })),
          { name: "Loss", figures: true, cell: ({ loss }) => figure(loss) },
        ]}
        rows={found.slices}
        id={({ column, level }) => `${column} ${level}`}
      />
    </>
  );
}
