import type { Timeline, TimelineWindow } from "../api/contract";
import type { Placed } from "../charts/timeline";
import { type Column, DataTable } from "../parts/DataTable";
import { Chip } from "../parts/Health";
import { Prose } from "../parts/Prose";
import { count, figure, NOTHING, percent, spoken, title } from "../parts/words";
import type { Times } from "../parts/zone";

interface Choice {
  times: Times;
  selected: string | null;
  open: (key: string) => void;
}

/** What the timeline draws, window by window, newest first. */
export function WindowTable({ timeline, times, selected, open }: Choice & { timeline: Timeline }) {
  const columns: Column<TimelineWindow>[] = [
    { name: `Window (${times.zone})`, head: true, cell: ({ window }) => times.window(window) },
    { name: "Status", cell: ({ status }) => spoken(status) },
    { name: "Champion", cell: ({ champion }) => (champion === null ? "none" : `v${champion}`) },
    { name: "Rows", figures: true, cell: ({ rows }) => count(rows) },
    { name: timeline.metric, figures: true, cell: ({ realised }) => interval(realised) },
    { name: "Labels known", figures: true, cell: ({ realised }) => percent(realised?.coverage) },
    { name: "Estimated", figures: true, cell: ({ estimated }) => interval(estimated) },
    { name: "Flagged", cell: ({ flagged }) => flaggedText(flagged) },
    {
      name: "Decision",
      cell: ({ window }) => (
        <button type="button" onClick={() => open(window.key)}>
          Why<span className="unseen"> {times.window(window)} was decided as it was</span>
        </button>
      ),
    },
  ];
  return (
    <DataTable
      caption={`${timeline.metric} by window, newest first`}
      columns={columns}
      rows={timeline.windows.toReversed()}
      id={({ window }) => window.key}
      current={({ window }) => window.key === selected}
    />
  );
}

function interval(found: { value: number | null; low: number | null; high: number | null } | null): string {
  if (!found) return NOTHING;
  if (found.low === null || found.high === null) return figure(found.value);
  return `${figure(found.value)} (${figure(found.low)} to ${figure(found.high)})`;
}

function flaggedText(flagged: Record<string, number>): string {
  const some = Object.entries(flagged).filter(([, number]) => number > 0);
  return some.length === 0 ? "none" : some.map(([kind, number]) => `${number} ${kind}`).join(", ");
}

/** The marks of the timeline as a list, newest first: what happened, and why in a sentence. */
export function MarkTable({
  marks,
  keys,
  times,
  selected,
  open,
}: Choice & { marks: Placed[]; keys: readonly string[] }) {
  if (marks.length === 0) return null;
  const columns: Column<Placed>[] = [
    { name: `At (${times.zone})`, head: true, cell: ({ at }) => <span className="figures">{times.short(at)}</span> },
    { name: "What", cell: ({ kind }) => title(kind) },
    {
      name: "Outcome",
      cell: (mark) => (
        <button type="button" className="bare" onClick={() => open(keys[mark.x] ?? "")}>
          <Chip word={mark.what} />
          <span className="unseen"> Why, at {times.short(mark.at)}</span>
        </button>
      ),
    },
    { name: "Version", cell: ({ version }) => (version === null ? "" : `v${version}`) },
    {
      name: "Why",
      cell: ({ sentence }) => (
        <span className="prose">
          <Prose text={sentence} />
        </span>
      ),
    },
  ];
  return (
    <>
      <h2>What happened</h2>
      <DataTable
        quiet
        caption="Decisions, evaluations, promotions and freezes, newest first"
        columns={columns}
        rows={marks.toSorted((one, other) => other.seq - one.seq)}
        id={({ seq }) => seq}
        current={(mark) => keys[mark.x] === selected}
      />
    </>
  );
}
