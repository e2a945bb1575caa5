import { useEffect, useRef, useState } from "react";
import { HEALTHS, type Overview } from "../api/contract";
import { HealthBadge } from "../parts/Health";
import { useUrl } from "../parts/useUrl";
import { count } from "../parts/words";

const PAUSE = 250;

/** What narrows the table; all of it is part of the address. */
export function Filters({ fleet }: { fleet: Overview | undefined }) {
  return (
    <search className="filters">
      <Search />
      <Choice name="owner" label="Owner" values={fleet?.owners ?? []} />
      <Choice name="tag" label="Tag" values={fleet?.tags ?? []} />
      <Healths counts={fleet?.counts ?? {}} />
    </search>
  );
}

/** Asks once the person pauses, and leaves one entry in the browser's history, not one a letter. */
function Search() {
  const { get, change } = useUrl();
  const asked = get("search") ?? "";
  const [text, setText] = useState(asked);
  const last = useRef(asked);
  useEffect(() => {
    if (asked !== last.current) setText(asked);
    last.current = asked;
  }, [asked]);
  useEffect(() => {
    if (text === last.current) return;
    const timer = setTimeout(() => {
      last.current = text;
      change({ search: text, page: null }, { replace: true });
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [text, change]);
  return (
    <label className="field grow">
      <span className="unseen">Search models</span>
      <input
        type="search"
        placeholder="Search by name, description, owner or tag"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </label>
  );
}

function Choice({ name, label, values }: { name: string; label: string; values: readonly string[] }) {
  const { get, change } = useUrl();
  const current = get(name) ?? "";
  const offered = current && !values.includes(current) ? [current, ...values] : values;
  return (
    <label className="field">
      {label}
      <select value={current} onChange={(event) => change({ [name]: event.target.value, page: null })}>
        <option value="">all</option>
        {offered.map((value) => (
          <option key={value}>{value}</option>
        ))}
      </select>
    </label>
  );
}

function Healths({ counts }: { counts: Overview["counts"] }) {
  const { get, change } = useUrl();
  const current = get("health");
  const shown = HEALTHS.filter((health) => counts[health] || health === current);
  return (
    <fieldset className="healths">
      <legend className="unseen">Health</legend>
      {shown.map((health) => (
        <button
          type="button"
          key={health}
          aria-pressed={health === current}
          onClick={() => change({ health: health === current ? null : health, page: null })}
        >
          <HealthBadge health={health} /> {count(counts[health] ?? 0)}
        </button>
      ))}
    </fieldset>
  );
}
