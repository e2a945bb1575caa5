import type { Attribution, Explanation, Model, Performance, Signal } from "../api/contract";
import { DataTable } from "../parts/DataTable";
import { Chip } from "../parts/Health";
import { Icon } from "../parts/Icon";
import { Prose } from "../parts/Prose";
import { chance, count, figure, NOTHING, percent, plural, points, title } from "../parts/words";
import { useTimes } from "../parts/zone";

/** What the gates found of the challengers that this window led to, and who serves since. */
export function Evaluations({ found, model }: { found: Explanation; model: Model }) {
  const times = useTimes(model.time_zone);
  if (found.evaluations.length + found.promotions.length === 0) return null;
  return (
    <section>
      <h3>What came of it</h3>
      {found.evaluations.map((one) => (
        <div key={`${one.as_of} ${one.request} ${one.verdict}`}>
          <p>
            <Chip word={one.verdict} /> {one.challenger === null ? one.winner : `Challenger v${one.challenger}`}
            {one.champion !== null && ` against champion v${one.champion}`}
            {one.points !== null && `: ${points(one.points)} points of ${model.metric}`}
          </p>
          <p className="sentence">
            <Prose text={one.sentence} />
          </p>
          <ul className="gates">
            {one.gates.map((gate) => (
              <li key={gate.gate} className={`tone-${gate.passed ? "good" : "bad"}`}>
                <Icon name={gate.passed ? "check" : "cross"} />
                <span>
                  <strong>
                    {title(gate.gate)}: {gate.passed ? "passed" : "not passed"}.
                  </strong>{" "}
                  <Prose text={gate.sentence} />
                </span>
              </li>
            ))}
          </ul>
        </div>
      ))}
      {found.promotions.map((one) => (
        <p key={one.effective_from}>
          <Chip word={one.kind} /> v{one.to_version} serves from {times.short(one.effective_from)}
          {one.from_version !== null && `, before it v${one.from_version}`}; by {one.by}.
        </p>
      ))}
    </section>
  );
}

/** Flagged ones first and told in sentences; all others as figures, when asked for. */
export function Signals({ signals }: { signals: readonly Signal[] }) {
  const flagged = signals.filter((signal) => signal.flagged);
  const quiet = signals.filter((signal) => !signal.flagged);
  return (
    <section>
      <h3>Flagged</h3>
      {flagged.length === 0 && <p className="muted">Nothing was flagged in {plural(signals.length, "signal")}.</p>}
      <ul className="signals">
        {flagged.map((signal) => (
          <li key={signalKey(signal)}>
            <span className="reason">{title(signal.kind)}</span> <Prose text={signal.sentence} />
            <div className="muted">
              {signal.test}: effect {figure(signal.effect)}, threshold {figure(signal.threshold)}, p{" "}
              {chance(signal.p_value)}
            </div>
          </li>
        ))}
      </ul>
      {quiet.length > 0 && (
        <details>
          <summary>{plural(quiet.length, "signal")} not flagged</summary>
          <DataTable
            caption="Signals that were not flagged"
            quiet
            columns={[
              { name: "Subject", head: true, cell: ({ subject }) => subject },
              { name: "Test", cell: ({ test }) => test },
              { name: "Effect", figures: true, cell: ({ effect }) => figure(effect) },
              { name: "Threshold", figures: true, cell: ({ threshold }) => figure(threshold) },
              { name: "p", figures: true, cell: ({ p_value }) => chance(p_value) },
            ]}
            rows={quiet}
            id={signalKey}
          />
        </details>
      )}
    </section>
  );
}

function signalKey(signal: Signal): string {
  return `${signal.detector} ${signal.kind} ${signal.subject} ${signal.test}`;
}

/** How versions did on the windows whose labels became complete in this one. */
export function Matured({ found, model }: { found: Explanation; model: Model }) {
  const times = useTimes(model.time_zone);
  if (found.matured.length === 0) return null;
  return (
    <section>
      <h3>Labels that became known</h3>
      <DataTable<Performance>
        caption="Performance on windows whose labels became known in this one"
        quiet
        columns={[
          { name: "Window", head: true, cell: ({ window }) => times.short(window.start) },
          { name: "Version", cell: ({ version }) => `v${version}` },
          { name: model.metric, figures: true, cell: ({ metrics }) => figure(metrics[model.metric]) },
          { name: "Loss", figures: true, cell: ({ loss }) => figure(loss) },
          {
            name: "Labelled",
            figures: true,
            cell: ({ labelled, rows }) => `${count(labelled)} (${percent(rows ? labelled / rows : 0)})`,
          },
        ]}
        rows={found.matured}
        id={({ window, version }) => `${window.start} ${version}`}
      />
    </section>
  );
}

/** Why a loss rose, as estimated. */
export function Attributions({ found }: { found: readonly Attribution[] }) {
  if (found.length === 0) return null;
  return (
    <section>
      <h3>Why the loss rose</h3>
      {found.map((one) => (
        <div key={`${one.window.start} ${one.version}`}>
          <p className="sentence">
            <Prose text={one.sentence} />
          </p>
          <p className="muted">
            Loss of v{one.version} {figure(one.before)} before, {figure(one.now)} now.
          </p>
          <Shares caption="By slice: what each adds to the rise" parts={one.slices.filter(adds).map(sliceShare)} />
          <Shares
            caption="By column: had only its distribution changed"
            parts={one.columns.slice(0, 5).map(({ column, ...part }) => ({ name: column, ...part }))}
          />
        </div>
      ))}
    </section>
  );
}

function adds({ outsize, share }: Attribution["slices"][number]): boolean {
  return outsize || (share ?? 0) > 0.1;
}

function sliceShare({ column, level, value, share }: Attribution["slices"][number]) {
  return { name: `${column} = ${level}`, value, share };
}

function Shares({
  caption,
  parts,
}: {
  caption: string;
  parts: { name: string; value: number | null; share: number | null }[];
}) {
  if (parts.length === 0) return null;
  return (
    <DataTable
      caption={caption}
      columns={[
        { name: "Part", head: true, cell: ({ name }) => name },
        { name: "Loss", figures: true, cell: ({ value }) => figure(value) },
        { name: "Share of the rise", figures: true, cell: ({ share }) => percent(share) },
      ]}
      rows={parts}
      id={({ name }) => name}
    />
  );
}

/** What a later measurement says that the first did not. The decision stands all the same. */
export function Changes({ found: { changes } }: { found: Explanation }) {
  if (changes.length === 0) return null;
  return (
    <section>
      <h3>Measured again</h3>
      <p className="muted">Data or labels came after the decision. The decision stands all the same.</p>
      <details>
        <summary>{plural(changes.length, "difference")}</summary>
        <DataTable
          caption="What the newest measurement says that the first did not"
          quiet
          columns={[
            { name: "What", head: true, cell: ({ what }) => what },
            { name: "Before", figures: true, cell: ({ before }) => shown(before) },
            { name: "After", figures: true, cell: ({ after }) => shown(after) },
          ]}
          rows={changes}
          id={({ what }) => what}
        />
      </details>
    </section>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return NOTHING;
  return typeof value === "number" ? figure(value) : String(value);
}
