import { useCallback } from "react";
import type { Backtest, BacktestPolicy, BacktestResult, Model } from "../api/contract";
import { useResource } from "../api/useResource";
import { Chart } from "../charts/Chart";
import { drawFrontier } from "../charts/frontier";
import type { Palette } from "../charts/palette";
import { DataTable } from "../parts/DataTable";
import { DocumentLink } from "../parts/links";
import { Empty, Loaded } from "../parts/Notice";
import { count, figure, percent, plural, points } from "../parts/words";
import { useTimes } from "../parts/zone";

/** Which policy would have paid on the model's own history. */
export function BacktestTab({ model }: { model: Model }) {
  const times = useTimes(model.time_zone);
  const backtest = useResource<Backtest>(`models/${model.model}/backtest`);
  return (
    <Loaded resource={backtest} what="the backtest">
      {({ at, by, result }) =>
        result ? (
          <>
            <p className="muted">
              {at && `Run ${times.moment(at)} ${times.zone}`}
              {by && ` by ${by}`}: {plural(result.windows.length, "window")}, {count(result.rows)} rows,{" "}
              {plural(result.seeds, "seed")}.{" "}
              <DocumentLink path={`/leeway/api/models/${model.model}/backtest/page`}>Whole report</DocumentLink>
            </p>
            <Recommended result={result} />
            <Frontier result={result} />
            <PolicyTable result={result} />
          </>
        ) : (
          <Empty>
            No backtest was run yet. It replays the model's own history with several policies and shows which of them
            would have paid: start one under Actions.
          </Empty>
        )
      }
    </Loaded>
  );
}

function Recommended({ result: { recommendation } }: { result: BacktestResult }) {
  if (!recommendation) return null;
  return (
    <section className="notice tone-good">
      <div>
        <p>
          <strong>Recommended: {recommendation.policy}</strong>
          {recommendation.retrain_cost !== null && `, retrain_cost ${recommendation.retrain_cost}`}
        </p>
        <ul>
          {recommendation.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Frontier({ result }: { result: BacktestResult }) {
  const draw = useCallback((palette: Palette) => drawFrontier(result, palette), [result]);
  return (
    <Chart
      title={`${result.metric} against the number of retrains`}
      summary={`${result.policies.length} policies beside fixed rhythms and the best schedules in hindsight; without any retrain ${figure(result.never)}, with one every window ${figure(result.every)}.`}
      height={340}
      draw={draw}
      tools={<span className="muted">{result.higher_is_better ? "Higher" : "Lower"} is better.</span>}
      table={
        <DataTable
          caption="Fixed rhythms and the best schedules in hindsight"
          columns={[
            { name: "Schedule", head: true, cell: ({ name }) => name },
            { name: "Retrains", figures: true, cell: ({ retrains }) => String(retrains) },
            { name: result.metric, figures: true, cell: ({ score }) => figure(score) },
          ]}
          rows={[
            ...result.periodic.map(({ period, ...rest }) => ({ name: `every ${period} windows`, ...rest })),
            ...result.oracle.map((rest) => ({ name: `best in hindsight, ${rest.retrains} retrains`, ...rest })),
          ]}
          id={({ name }) => name}
        />
      }
    />
  );
}

function PolicyTable({ result }: { result: BacktestResult }) {
  return (
    <DataTable<BacktestPolicy>
      caption="Policies; d is the score over that of a fixed rhythm of as many retrains"
      columns={[
        { name: "Policy", head: true, cell: ({ name }) => name },
        { name: result.metric, figures: true, cell: ({ score }) => figure(score) },
        { name: "Retrains", figures: true, cell: ({ retrains }) => retrains?.toFixed(1) },
        { name: "d (points)", figures: true, cell: ({ d }) => points(d) },
        { name: "Gain of retraining every window", figures: true, cell: ({ gain }) => percent(gain) },
        { name: "False retrains", figures: true, cell: ({ false_retrains }) => false_retrains?.toFixed(1) },
      ]}
      rows={result.policies}
      id={({ name }) => name}
      current={({ name }) => name === result.recommendation?.policy}
    />
  );
}
