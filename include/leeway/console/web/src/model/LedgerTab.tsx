import { type Ledger, type LedgerEntry, MARK_KINDS, type Model } from "../api/contract";
import { useResource } from "../api/useResource";
import { type Column, DataTable } from "../parts/DataTable";
import { Chip } from "../parts/Health";
import { Empty, Loaded } from "../parts/Notice";
import { Pager } from "../parts/Pager";
import { Prose } from "../parts/Prose";
import { useUrl } from "../parts/useUrl";
import { title } from "../parts/words";
import { type Times, useTimes } from "../parts/zone";

const SIZE = 50;

/** The ledger: every decision, evaluation, promotion and freeze, each chained to the one before by its hash. */
export function LedgerTab({ model }: { model: Model }) {
  const { get, change } = useUrl();
  const times = useTimes(model.time_zone);
  const page = Math.max(1, Number(get("page")) || 1);
  const kind = get("kind");
  const ledger = useResource<Ledger>(`models/${model.model}/ledger`, { page, size: SIZE, kind }, true);
  return (
    <>
      <label className="field">
        Show
        <select value={kind ?? ""} onChange={(event) => change({ kind: event.target.value, page: null })}>
          <option value="">everything</option>
          {MARK_KINDS.map((name) => (
            <option key={name} value={name}>
              {title(name)}s
            </option>
          ))}
        </select>
      </label>
      <Loaded resource={ledger} what="the ledger">
        {(found) =>
          found.entries.length > 0 ? (
            <div className={ledger.loading ? "stale" : undefined} aria-busy={ledger.loading}>
              <DataTable
                caption="Ledger, newest first"
                columns={columns(times)}
                rows={found.entries}
                id={({ seq }) => seq}
              />
              <Pager
                page={page}
                size={found.size}
                total={found.total}
                noun="line"
                turn={(to) => change({ page: to })}
              />
            </div>
          ) : (
            <Empty>Nothing of this kind is in the ledger yet.</Empty>
          )
        }
      </Loaded>
    </>
  );
}

function columns(times: Times): Column<LedgerEntry>[] {
  return [
    { name: "No.", head: true, figures: true, cell: ({ seq }) => seq },
    { name: `At (${times.zone})`, cell: ({ at }) => times.short(at) },
    { name: "Kind", cell: ({ kind }) => title(kind) },
    { name: "What", cell: ({ what }) => <Chip word={what} /> },
    { name: "Why", cell: (entry) => <Entry entry={entry} /> },
    { name: "By", cell: ({ by }) => by ?? "" },
    {
      name: "Hash",
      cell: ({ hash, previous }) => <code title={`${hash}\nbefore it: ${previous}`}>{hash.slice(0, 12)}</code>,
    },
  ];
}

function Entry({ entry }: { entry: LedgerEntry }) {
  return (
    <details className="prose">
      <summary>{entry.sentence ? <Prose text={entry.sentence} /> : "Entry"}</summary>
      <p>
        Hash <code>{entry.hash}</code>, before it <code>{entry.previous}</code>
      </p>
      <pre>{JSON.stringify(entry.payload, null, 2)}</pre>
    </details>
  );
}
