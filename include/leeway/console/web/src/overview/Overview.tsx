import type { Charts, Overview as Fleet } from "../api/contract";
import { useResource } from "../api/useResource";
import { Empty, Loaded, ProblemNotice } from "../parts/Notice";
import { Pager } from "../parts/Pager";
import { useUrl } from "../parts/useUrl";
import { ZoneSwitch } from "../parts/zone";
import { Filters } from "./Filters";
import { ModelTable } from "./ModelTable";

const SIZE = 25;
const FILTERS = ["search", "health", "owner", "tag"] as const;

/** All models that the person may see, a row each. */
export function Overview() {
  const { get, change } = useUrl();
  const page = Math.max(1, Number(get("page")) || 1);
  const sort = get("sort") ?? "health";
  const order = get("order") === "desc" ? "desc" : "asc";
  const filters = Object.fromEntries(FILTERS.map((name) => [name, get(name)]));
  const filtered = FILTERS.some((name) => filters[name]);
  const fleet = useResource<Fleet>("overview", { page, size: SIZE, sort, order, ...filters }, true);
  const shown = fleet.data?.models.map((row) => row.model) ?? [];
  const charts = useResource<Charts>(shown.length > 0 ? "overview/charts" : null, { model: shown }, true);

  return (
    <>
      <header className="page">
        <h1>Models</h1>
        <ZoneSwitch zone="the model's zone" />
      </header>
      <Filters fleet={fleet.data} />
      <Loaded resource={fleet} what="models">
        {(found) => (
          <div className={fleet.loading ? "stale" : undefined} aria-busy={fleet.loading}>
            {found.broken.map((problem) => (
              <ProblemNotice key={`${problem.code} ${problem.message}`} problem={problem} />
            ))}
            {found.models.length > 0 ? (
              <>
                <ModelTable
                  rows={found.models}
                  charts={charts}
                  now={found.now}
                  sort={sort}
                  order={order}
                  sortBy={(name) =>
                    change({ sort: name, order: name === sort && order === "asc" ? "desc" : null, page: null })
                  }
                />
                {charts.error && <ProblemNotice problem={charts.error.problem} retry={charts.reload} />}
                <Pager
                  page={page}
                  size={found.size}
                  total={found.total}
                  noun="model"
                  turn={(to) => change({ page: to })}
                />
              </>
            ) : (
              <Nothing
                filtered={filtered}
                clear={() => change({ search: null, health: null, owner: null, tag: null })}
              />
            )}
          </div>
        )}
      </Loaded>
    </>
  );
}

function Nothing({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  if (!filtered) {
    return (
      <Empty>
        There is no model that you may see. A model is one file in the folder of model files; you see it here once
        Airflow lets you read its DAG.
      </Empty>
    );
  }
  return (
    <Empty>
      No model matches.{" "}
      <button type="button" onClick={clear}>
        Show all models
      </button>
    </Empty>
  );
}
