import type { ReactNode } from "react";
import { Link } from "react-router-dom";
import type { Model, Version } from "../api/contract";
import { type Column, DataTable } from "../parts/DataTable";
import { DocumentLink, OutsideLink } from "../parts/links";
import { Empty } from "../parts/Notice";
import { figure, plural, spoken } from "../parts/words";
import { type Times, useTimes } from "../parts/zone";

/** What the model file says, which versions there are, and where else to look. */
export function About({ model }: { model: Model }) {
  const times = useTimes(model.time_zone);
  return (
    <>
      <h2>Model file</h2>
      <dl className="facts">
        {facts(model, times).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <h2>Versions</h2>
      {model.versions.length > 0 ? (
        <DataTable
          caption={`Versions of ${model.model}, newest first`}
          quiet
          columns={columns(model, times)}
          rows={model.versions.toSorted((one, other) => other.version - one.version)}
          id={({ version }) => version}
          current={({ version }) => version === model.champion?.version}
        />
      ) : (
        <Empty>No version is registered yet.</Empty>
      )}
    </>
  );
}

function facts(model: Model, times: Times): [string, ReactNode][] {
  const { spec, dags } = model;
  const list = (names: readonly string[]) => (names.length > 0 ? names.join(", ") : "none");
  return [
    ["Owner", model.owner || "nobody"],
    ["Tags", list(model.tags)],
    ["Task", `${spec.task}: predicts ${spec.label}`],
    ["Metric", `${spec.metric} (${spec.higher_is_better ? "higher" : "lower"} is better), loss ${spec.loss}`],
    ["Schedule", `${spec.cron} in ${spec.time_zone}`],
    [
      "Windows decided",
      plural(model.windows, "window") +
        (model.first_window ? `, from ${times.short(model.first_window.start)} ${times.zone}` : ""),
    ],
    ["Policy", `${spec.policy}; a retrain costs ${spec.retrain_cost} points`],
    ["Promotion", spoken(spec.promotion)],
    ["Trainers", list(spec.trainers)],
    ["Gates", list(spec.gates.map(spoken))],
    ["Features", `${list(spec.features)}${spec.features_function ? `; made by ${spec.features_function}` : ""}`],
    ["Slices", list(spec.slices)],
    ["Sensitive columns", list(spec.sensitive)],
    ["File", <code key="file">{spec.file}</code>],
    [
      "DAGs",
      Object.values(dags).map((dag, at) => (
        <span key={dag}>
          {at > 0 && ", "}
          <Link to={`/dags/${encodeURIComponent(dag)}`}>{dag}</Link>
        </span>
      )),
    ],
  ];
}

function columns(model: Model, times: Times): Column<Version>[] {
  return [
    { name: "Version", head: true, cell: ({ version }) => `v${version}` },
    { name: `As of (${times.zone})`, cell: ({ as_of }) => times.short(as_of) },
    { name: "Learned from", cell: ({ trained_on: [start, end] }) => times.window({ start, end }) },
    { name: model.metric, figures: true, cell: ({ metrics }) => figure(metrics[model.metric]) },
    { name: "Served", cell: ({ serves }) => served(serves, times) },
    {
      name: "More",
      cell: ({ card, mlflow_url }) => (
        <>
          <DocumentLink path={card}>Card</DocumentLink>{" "}
          {mlflow_url && <OutsideLink href={mlflow_url}>MLflow</OutsideLink>}
        </>
      ),
    },
  ];
}

function served(serves: Version["serves"], times: Times): string {
  if (serves.length === 0) return "never";
  return serves
    .map(({ from, to }) => (to === null ? `since ${times.short(from)}` : `${times.short(from)} to ${times.short(to)}`))
    .join("; ");
}
