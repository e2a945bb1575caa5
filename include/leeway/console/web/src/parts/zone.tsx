import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import type { Window } from "../api/contract";

/** Whether times are told in UTC or in the model's own zone: a choice that a person keeps. */
export type ZoneChoice = "utc" | "model";

const KEPT = "leeway.zone";
const Choice = createContext<{ choice: ZoneChoice; choose: (choice: ZoneChoice) => void }>({
  choice: "utc",
  choose: () => undefined,
});

export function ZoneProvider({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState<ZoneChoice>(() => (localStorage.getItem(KEPT) === "model" ? "model" : "utc"));
  const choose = (next: ZoneChoice) => {
    localStorage.setItem(KEPT, next);
    setChoice(next);
  };
  return <Choice value={{ choice, choose }}>{children}</Choice>;
}

export function useZoneChoice() {
  return useContext(Choice);
}

/** How times of a model are told. */
export function useTimes(zone: string): Times {
  const told = useZoneChoice().choice === "model" ? zone : "UTC";
  return useMemo(() => new Times(told), [told]);
}

/** Tells times in one zone. */
export class Times {
  constructor(readonly zone: string) {}

  /** `2013-01-07 05:00` */
  moment(at: string): string {
    const { year, month, day, hour, minute } = this.parts(at);
    return `${year}-${month}-${day} ${hour}:${minute}`;
  }

  /** `2013-01-07` where it is midnight, else with the time of day. */
  short(at: string): string {
    const text = this.moment(at);
    return text.endsWith(" 00:00") ? text.slice(0, 10) : text;
  }

  /** `2013-01-07 to 2013-01-14`: from the start, up to the end and without it. */
  window(window: Pick<Window, "start" | "end">): string {
    return `${this.short(window.start)} to ${this.short(window.end)}`;
  }

  /** As labels of an axis: days as long as these tell the moments apart. */
  labels(moments: readonly string[]): string[] {
    const days = moments.map((at) => this.moment(at).slice(0, 10));
    return new Set(days).size === days.length ? days : moments.map((at) => this.moment(at));
  }

  private parts(at: string): Record<string, string> {
    return Object.fromEntries(
      formatOf(this.zone)
        .formatToParts(new Date(at))
        .map(({ type, value }) => [type, value]),
    );
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one takes longer than a hundred uses of it. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  formats.set(timeZone, made);
  return made;
}

/** The choice between UTC and the model's zone; `zone` is what the latter means here. */
export function ZoneSwitch({ zone }: { zone: string }) {
  const { choice, choose } = useZoneChoice();
  return (
    <label className="field">
      Times in
      <select value={choice} onChange={(event) => choose(event.target.value as ZoneChoice)}>
        <option value="utc">UTC</option>
        <option value="model">{zone}</option>
      </select>
    </label>
  );
}
