import type { ReactNode } from "react";
import type { Explanation, Model } from "../api/contract";
import { useResource } from "../api/useResource";
import { Chip } from "../parts/Health";
import { Icon } from "../parts/Icon";
import { DagRunLink, DocumentLink, OutsideLink } from "../parts/links";
import { Loaded } from "../parts/Notice";
import { Prose } from "../parts/Prose";
import { SidePanel } from "../parts/SidePanel";
import { plural, points, spoken, title } from "../parts/words";
import { type Times, useTimes } from "../parts/zone";
import { Attributions, Changes, Evaluations, Matured, Signals } from "./evidence";

interface Props {
  model: Model;
  windowKey: string;
  keys: readonly string[];
  open: (key: string | null) => void;
}

/** Why a window was decided as it was, and what came of it. */
export function WhyPanel({ model, windowKey, keys, open }: Props) {
  const times = useTimes(model.time_zone);
  const explanation = useResource<Explanation>(`models/${model.model}/windows/${windowKey}`);
  const at = keys.indexOf(windowKey);
  const step = (label: string, to: string | undefined, icon: "left" | "right") => (
    <button type="button" disabled={to === undefined} onClick={() => open(to ?? null)} aria-label={label}>
      <Icon name={icon} />
    </button>
  );
  return (
    <SidePanel heading={heading(windowKey, times)} about={windowKey} close={() => open(null)}>
      <p className="steps">
        {step("Window before", keys[at - 1], "left")} {step("Window after", keys[at + 1], "right")}{" "}
        <span className="muted">Times in {times.zone}</span>
      </p>
      <Loaded resource={explanation} what="the reasons">
        {(found) => <Story model={model} found={found} />}
      </Loaded>
    </SidePanel>
  );
}

function heading(key: string, times: Times): string {
  const [start, end] = key.split("-").map(instant);
  return start && end ? times.window({ start, end }) : key;
}

/** `20130107T0500Z` as ISO 8601. */
function instant(short: string): string {
  return short.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:00Z");
}

function Story({ model, found }: { model: Model; found: Explanation }) {
  return (
    <>
      <Decided found={found} />
      <Worth found={found} metric={model.metric} cost={model.spec.retrain_cost} />
      <Evaluations found={found} model={model} />
      <Signals signals={found.signals} />
      <Matured found={found} model={model} />
      <Attributions found={found.attributions} />
      <Changes found={found} />
      <Links model={model} found={found} />
    </>
  );
}

function Decided({ found }: { found: Explanation }) {
  const { decision, data, measurement, champion } = found;
  return (
    <section>
      <p>
        {decision ? <Chip word={decision.action} /> : <Chip word="undecided" />}{" "}
        {decision?.reasons.map((reason) => (
          <span key={reason} className="reason">
            {title(reason)}
          </span>
        ))}
      </p>
      <p className="sentence">
        <Prose
          text={decision?.sentence ?? "This window was measured but never decided: it lies before the first decision."}
        />
      </p>
      <p className="muted">
        {champion === null ? "No champion yet" : `Champion v${champion}`}
        {decision?.policy && `, policy ${decision.policy}`}
        {measurement && `, ${plural(measurement.rows, "row")}`}
        {measurement && measurement.revisions > 1 && `, measured ${measurement.revisions} times`}
      </p>
      {data?.reason && (
        <p className="notice tone-warn">
          <Icon name="warn" />
          <span>
            Data {spoken(data.state)}: {data.reason} <code>{data.reason_code}</code>
          </span>
        </p>
      )}
    </section>
  );
}

/** The answer to "was it worth it": what the gates expected, what labels then showed, and what a retrain costs. */
function Worth({ found: { gain }, metric, cost }: { found: Explanation; metric: string; cost: number }) {
  if (!gain) return null;
  const { expected, realised, windows, worth, sentence } = gain;
  return (
    <section>
      <h3>Was it worth it? {worth === null ? "Not known" : worth ? "Yes" : "No"}</h3>
      <p className="sentence">
        <Prose text={sentence} />
      </p>
      <dl className="glance">
        <div>
          <dt>Expected gain</dt>
          <dd>{expected === null ? "unknown" : `${points(expected)} points of ${metric}`}</dd>
        </div>
        <div>
          <dt>Realised gain</dt>
          <dd>
            {realised === null
              ? "not known yet: it takes labels of windows that the new champion scored"
              : `${points(realised)} points of ${metric}, over ${plural(windows, "window")}`}
          </dd>
        </div>
        <div>
          <dt>Cost of a retrain</dt>
          <dd>{points(cost).replace("+", "")} points</dd>
        </div>
      </dl>
    </section>
  );
}

interface SeeAlso {
  what: string;
  link: ReactNode;
}

function Links({ model, found }: { model: Model; found: Explanation }) {
  const links = [...runs(model, found), ...documents(model, found)];
  if (links.length === 0) return null;
  return (
    <section>
      <h3>See also</h3>
      <ul className="links">
        {links.map(({ what, link }) => (
          <li key={what}>{link}</li>
        ))}
      </ul>
    </section>
  );
}

function runs({ dags }: Model, { dag_run, links }: Explanation): SeeAlso[] {
  const found = links.flatMap(({ what, url }) => {
    const text = `${title(what)} in MLflow`;
    return url ? [{ what: text, link: <OutsideLink href={url}>{text}</OutsideLink> }] : [];
  });
  if (!dag_run) return found;
  const link = (
    <DagRunLink dag={dags.monitoring} run={dag_run}>
      DAG run of this window
    </DagRunLink>
  );
  return [{ what: "dag run", link }, ...found];
}

function documents(model: Model, found: Explanation): SeeAlso[] {
  const names = { evidently: "Evidently report", data_docs: "Data Docs" };
  const told = found.documents.map(({ what, path }) => ({
    what,
    link: <DocumentLink path={path}>{names[what]}</DocumentLink>,
  }));
  const version = found.promotions.at(-1)?.to_version;
  const card = model.versions.find((one) => one.version === version)?.card;
  return card
    ? [...told, { what: "card", link: <DocumentLink path={card}>{`Card of v${version}`}</DocumentLink> }]
    : told;
}
