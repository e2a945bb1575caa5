import { useCallback } from "react";
import type { Drift, DriftCell, Model } from "../api/contract";
import { useResource } from "../api/useResource";
import { Chart } from "../charts/Chart";
import { drawHeatmap, excess, heatmapHeight } from "../charts/heatmap";
import type { Palette } from "../charts/palette";
import { DataTable } from "../parts/DataTable";
import { Empty, Loaded } from "../parts/Notice";
import { useUrl } from "../parts/useUrl";
import { chance, figure, plural } from "../parts/words";
import { type Times, useTimes } from "../parts/zone";
import { ColumnPanel } from "./ColumnPanel";

/** Which columns moved, and when: a click on a cell shows both distributions. */
export function DriftTab({ model }: { model: Model }) {
  const drift = useResource<Drift>(`models/${model.model}/drift`);
  return (
    <Loaded resource={drift} what="drift">
      {(found) =>
        found.cells.length > 0 ? (
          <DriftView model={model} drift={found} />
        ) : (
          <Empty>
            No drift was measured yet. It is measured against what a champion learned from, once there is one.
          </Empty>
        )
      }
    </Loaded>
  );
}

function DriftView({ model, drift }: { model: Model; drift: Drift }) {
  const { get, change } = useUrl();
  const times = useTimes(model.time_zone);
  const [key, column] = [get("window"), get("column")];
  const selected =
    drift.cells.find(
      (cell) => drift.windows[cell.window]?.key === key && drift.subjects[cell.subject]?.name === column,
    ) ?? null;
  const open = (cell: DriftCell | undefined) => {
    const [window, subject] = cell ? [drift.windows[cell.window], drift.subjects[cell.subject]] : [];
    if (window && subject) change({ window: window.key, column: subject.name });
  };
  const draw = useCallback(
    (palette: Palette) => drawHeatmap(drift, times, selected, palette),
    [drift, times, selected],
  );
  return (
    <div className={key && column ? "with-side" : undefined}>
      <div>
        <Chart
          title="Drift by column and window"
          summary={summary(drift)}
          height={heatmapHeight(drift)}
          draw={draw}
          table={<CellTable drift={drift} times={times} selected={selected} open={open} />}
          tools={<span className="muted">Outlined: flagged. Times in {times.zone}.</span>}
          pick={(x, y) => open(drift.cells.find((cell) => cell.window === x && cell.subject === y))}
        />
      </div>
      {key && column && (
        <ColumnPanel model={model} windowKey={key} column={column} close={() => change({ column: null })} />
      )}
    </div>
  );
}

function summary({ subjects, windows, cells }: Drift): string {
  const flagged = cells.filter((cell) => cell.flagged).length;
  const most = subjects[0]?.name ?? "none";
  return `${plural(subjects.length, "column")} in ${plural(windows.length, "window")}, ${flagged} of ${cells.length} cells flagged, most often ${most}. The table holds all of it.`;
}

interface TableProps {
  drift: Drift;
  times: Times;
  selected: DriftCell | null;
  open: (cell: DriftCell) => void;
}

/** The cells as rows: flagged ones first, then by how far they are beyond their threshold. */
function CellTable({ drift, times, selected, open }: TableProps) {
  const name = (cell: DriftCell) => drift.subjects[cell.subject]?.name ?? "";
  const window = (cell: DriftCell) => {
    const found = drift.windows[cell.window];
    return found ? times.window(found) : "";
  };
  const rows = drift.cells.toSorted(
    (one, other) => Number(other.flagged) - Number(one.flagged) || (excess(other) ?? 0) - (excess(one) ?? 0),
  );
  return (
    <DataTable
      caption="Drift by column and window, flagged first"
      columns={[
        { name: "Column", head: true, cell: name },
        { name: `Window (${times.zone})`, cell: window },
        { name: "Flagged", cell: ({ flagged }) => (flagged ? "flagged" : "no") },
        { name: "Test", cell: ({ test }) => test },
        { name: "Effect", figures: true, cell: ({ effect }) => figure(effect) },
        { name: "Threshold", figures: true, cell: ({ threshold }) => figure(threshold) },
        { name: "p", figures: true, cell: ({ p_value }) => chance(p_value) },
        {
          name: "Distributions",
          cell: (cell) => (
            <button type="button" onClick={() => open(cell)}>
              Show
              <span className="unseen">
                {" "}
                {name(cell)}, {window(cell)}
              </span>
            </button>
          ),
        },
      ]}
      rows={rows}
      id={({ subject, window: at, test }) => `${subject} ${at} ${test}`}
      current={(cell) => cell === selected}
    />
  );
}
