import { type MouseEvent, useDeferredValue } from "react";
import { Link, useNavigate } from "react-router-dom";
import type { ChartPoint, Charts, ModelRow } from "../api/contract";
import type { Resource } from "../api/useResource";
import { Sparkline } from "../charts/Sparkline";
import { Chip, HealthBadge } from "../parts/Health";
import { Icon } from "../parts/Icon";
import { modelPage } from "../parts/links";
import { figure, length, NOTHING, plural, spoken } from "../parts/words";
import { useTimes } from "../parts/zone";

const COLUMNS = [
  { label: "Model", sort: "model" },
  { label: "Health", sort: "health" },
  { label: "Champion", sort: "champion" },
  { label: "Last window", sort: "last_window" },
  { label: "Flagged", sort: "flagged" },
  { label: "Metric", sort: "metric" },
  { label: "Last decision", sort: "decision" },
  { label: "Open", sort: null },
  { label: "Next run", sort: "next_run" },
] as const;

interface Props {
  rows: readonly ModelRow[];
  charts: Resource<Charts>;
  now: string;
  sort: string;
  order: "asc" | "desc";
  sortBy: (name: string) => void;
}

export function ModelTable({ rows, charts, now, sort, order, sortBy }: Props) {
  // Drawn bit by bit: all charts at once would keep the page from answering for a while.
  const drawn = useDeferredValue(charts.data);
  const waiting = charts.loading || drawn !== charts.data;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <section className="scroll" tabIndex={0} aria-label="Models">
      <table className="models">
        <caption className="unseen">Models, how they are, and what happens next</caption>
        <thead>
          <tr>
            {COLUMNS.map(({ label, sort: name }) => (
              <th key={label} scope="col" aria-sort={name === sort ? `${order}ending` : undefined}>
                {name === null ? (
                  label
                ) : (
                  <button type="button" className="sort" onClick={() => sortBy(name)}>
                    {label}
                    {name === sort && <Icon name={order === "asc" ? "up" : "down"} />}
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.model} row={row} points={drawn?.charts[row.model]} waiting={waiting} now={now} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface RowProps {
  row: ModelRow;
  /** Of the small chart; undefined: not known, or not yet. */
  points: readonly ChartPoint[] | undefined;
  waiting: boolean;
  now: string;
}

function Row({ row, points, waiting, now }: RowProps) {
  const times = useTimes(row.time_zone);
  const navigate = useNavigate();
  // The keyboard has the link; with a mouse the whole row is the target.
  const open = ({ target }: MouseEvent) => {
    const onLink = target instanceof Element && target.closest("a");
    if (!onLink && getSelection()?.isCollapsed) navigate(modelPage(row.model));
  };
  return (
    <tr onClick={open}>
      <th scope="row">
        <Link className="name" to={modelPage(row.model)}>
          {row.model}
        </Link>
        <div className="muted clipped" title={row.description}>
          {row.description}
        </div>
      </th>
      <td>
        <HealthBadge health={row.health} title={row.health_sentence} />
      </td>
      <td>{row.champion ? <Champion champion={row.champion} /> : <span className="muted">none yet</span>}</td>
      <td>
        {row.last_window ? times.short(row.last_window.start) : <span className="muted">none decided</span>}
        {row.last_window && <div className="muted">{`to ${times.short(row.last_window.end)} ${times.zone}`}</div>}
      </td>
      <td>
        <Flagged row={row} />
      </td>
      <td>
        <Metric row={row} points={points} waiting={waiting} />
      </td>
      <td>{row.decision ? <Decision decision={row.decision} /> : NOTHING}</td>
      <td>
        <Open row={row} />
      </td>
      <td>
        <NextRun row={row} now={now} />
      </td>
    </tr>
  );
}

function Champion({ champion }: { champion: NonNullable<ModelRow["champion"]> }) {
  return (
    <>
      v{champion.version}
      <div className="muted">for {plural(champion.windows, "window")}</div>
    </>
  );
}

function Flagged({ row }: { row: ModelRow }) {
  if (row.flagged_count === 0) return <span className="muted">none</span>;
  const names = [...new Set(row.flagged.map((signal) => signal.subject))];
  return (
    <span title={row.flagged.map((signal) => signal.sentence).join("\n")}>
      {row.flagged_count}
      <div className="muted clipped narrow">{names.join(", ")}</div>
    </span>
  );
}

function Metric({ row, points, waiting }: Pick<RowProps, "row" | "points" | "waiting">) {
  return (
    <div className="metric">
      <Sparkline metric={row.metric} points={points} waiting={waiting} />
      <div>
        {row.metric} {figure(row.realised)}
        {row.estimated !== null && <div className="muted">estimated {figure(row.estimated)}</div>}
      </div>
    </div>
  );
}

function Decision({ decision }: { decision: NonNullable<ModelRow["decision"]> }) {
  return (
    <span title={decision.sentence}>
      <Chip word={decision.action} />
      <div className="muted clipped narrow">{decision.reasons.map(spoken).join(", ")}</div>
    </span>
  );
}

/** What waits for a person or for a run. */
function Open({ row }: { row: ModelRow }) {
  const open = [
    row.waiting_challenger !== null && `v${row.waiting_challenger} waits for approval`,
    row.open_retrain && "retrain under way",
    row.open_roll_back && "roll back under way",
    row.catching_up && "catching up",
    row.frozen && `frozen by ${row.frozen.by}`,
  ].filter((text) => typeof text === "string");
  if (open.length === 0) return <span className="muted">nothing</span>;
  return open.map((text) => <div key={text}>{text}</div>);
}

/** A window runs when it is over. */
function NextRun({ row, now }: { row: ModelRow; now: string }) {
  const times = useTimes(row.time_zone);
  if (!row.next_window) return <span className="muted">schedule is over</span>;
  const left = (Date.parse(row.next_window.end) - Date.parse(now)) / 1000;
  return (
    <>
      {times.short(row.next_window.end)}
      <div className={row.late_by !== null ? "late" : "muted"}>
        {row.late_by !== null ? `late by ${length(row.late_by)}` : left > 0 ? `in ${length(left)}` : "due"}
      </div>
    </>
  );
}
