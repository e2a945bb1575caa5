import { useCallback, useMemo } from "react";
import type { Model, Retrain, Retrains } from "../api/contract";
import { useResource } from "../api/useResource";
import { Chart } from "../charts/Chart";
import { drawGains } from "../charts/gains";
import type { Palette } from "../charts/palette";
import { type Column, DataTable } from "../parts/DataTable";
import { Chip } from "../parts/Health";
import { DagRunLink, OutsideLink } from "../parts/links";
import { Empty, Loaded } from "../parts/Notice";
import { useUrl } from "../parts/useUrl";
import { length, NOTHING, plural, points, spoken } from "../parts/words";
import { type Times, useTimes } from "../parts/zone";

/** Every retrain: what it was expected to bring, what it brought, and what it cost. */
export function RetrainsTab({ model }: { model: Model }) {
  const retrains = useResource<Retrains>(`models/${model.model}/retrains`);
  return (
    <Loaded resource={retrains} what="retrains">
      {(found) =>
        found.retrains.length > 0 ? (
          <RetrainsView model={model} found={found} />
        ) : (
          <Empty>
            Nothing was trained yet. The first training starts once there are labels enough; the last decision says how
            many are missing.
          </Empty>
        )
      }
    </Loaded>
  );
}

function RetrainsView({ model, found }: { model: Model; found: Retrains }) {
  const times = useTimes(model.time_zone);
  const { change } = useUrl();
  const oldestFirst = useMemo(() => found.retrains.toReversed(), [found]);
  const draw = useCallback(
    (palette: Palette) => drawGains(found, oldestFirst, times, palette),
    [found, oldestFirst, times],
  );
  const why = (retrain: Retrain | undefined) =>
    retrain?.window && change({ tab: "timeline", window: retrain.window.key });
  return (
    <>
      <Chart
        title="Gain expected and gain realised"
        summary={summary(found)}
        height={300}
        draw={draw}
        pick={(x) => why(oldestFirst[x])}
        tools={
          <span className="muted">
            Points of {found.metric}, more is better. Times in {times.zone}.
          </span>
        }
      />
      <RetrainTable model={model} found={found} times={times} why={why} />
    </>
  );
}

function summary({ retrains }: Retrains): string {
  const worth = retrains.filter((retrain) => retrain.worth).length;
  const judged = retrains.filter((retrain) => retrain.worth !== null).length;
  return `${plural(retrains.length, "retrain")}; of ${judged} that can be judged, ${worth} brought more than they cost.`;
}

interface TableProps {
  model: Model;
  found: Retrains;
  times: Times;
  why: (retrain: Retrain) => void;
}

function RetrainTable({ model, found, times, why }: TableProps) {
  const columns: Column<Retrain>[] = [
    { name: `As of (${times.zone})`, head: true, cell: ({ as_of }) => times.short(as_of) },
    { name: "Why", cell: (retrain) => <Why retrain={retrain} why={why} times={times} /> },
    { name: "Verdict", cell: ({ verdict }) => <Chip word={verdict} /> },
    { name: "Versions", cell: ({ champion, challenger }) => `${version(champion)} → ${version(challenger)}` },
    { name: "Expected", figures: true, cell: expected },
    { name: "Realised", figures: true, cell: realised },
    { name: "Worth it", cell: ({ worth }) => (worth === null ? "not known" : worth ? "yes" : "no") },
    { name: "Time", figures: true, cell: ({ seconds }) => (seconds ? length(Math.round(seconds)) : NOTHING) },
    {
      name: "Runs",
      cell: ({ dag_run, mlflow_url }) => (
        <>
          {dag_run && <DagRunLink dag={model.dags.training} run={dag_run} />}{" "}
          {mlflow_url && <OutsideLink href={mlflow_url}>MLflow</OutsideLink>}
        </>
      ),
    },
  ];
  return (
    <DataTable
      caption={`Retrains, newest first; gains in points of ${found.metric}`}
      columns={columns}
      rows={found.retrains}
      id={({ as_of, request, verdict }) => `${as_of} ${request} ${verdict}`}
    />
  );
}

function Why({ retrain, why, times }: { retrain: Retrain; why: (retrain: Retrain) => void; times: Times }) {
  const reasons = retrain.reasons.map(spoken).join(", ") || NOTHING;
  if (!retrain.window)
    return <span title={retrain.sentence}>{retrain.request ? `asked for: ${reasons}` : reasons}</span>;
  return (
    <button type="button" className="link" title={retrain.sentence} onClick={() => why(retrain)}>
      {reasons}
      <span className="unseen"> in {times.window(retrain.window)}</span>
    </button>
  );
}

function version(number: number | null): string {
  return number === null ? "none" : `v${number}`;
}

function expected({ expected: value, low, high }: Retrain) {
  if (low === null || high === null) return points(value);
  return (
    <>
      {points(value)}{" "}
      <span className="muted">
        ({points(low)} to {points(high)})
      </span>
    </>
  );
}

function realised({ realised: value, realised_windows }: Retrain) {
  if (value === null) return NOTHING;
  return (
    <>
      {points(value)} <span className="muted">over {plural(realised_windows, "window")}</span>
    </>
  );
}
