/** What a person tells with each action. */
import type { ActionName, Model } from "../api/contract";

export type Values = Record<string, string>;

export interface Field {
  name: string;
  label: string;
  kind: "text" | "date" | "choice" | "lines" | "numbers" | "fixed";
  help?: string;
  required?: boolean;
  start: (model: Model) => string;
  options?: (model: Model) => { value: string; label: string }[];
}

const empty = () => "";
const reason: Field = {
  name: "reason",
  label: "Reason",
  kind: "text",
  help: "It stands in the ledger, under your name.",
  required: true,
  start: empty,
};
const judged: Field[] = [
  { name: "version", label: "Version", kind: "fixed", start: (model) => String(model.waiting_challenger ?? "") },
  { ...reason, name: "comment", label: "Comment", required: false },
];

export const FIELDS: Record<ActionName, Field[]> = {
  approve: judged,
  reject: judged,
  roll_back: [
    {
      name: "version",
      label: "Back to",
      kind: "choice",
      start: empty,
      options: (model) => [{ value: "", label: "the champion before" }, ...earlier(model)],
    },
    reason,
  ],
  freeze: [reason],
  unfreeze: [reason],
  retrain: [{ ...reason, name: "why", label: "Why" }],
  backfill: [
    { name: "since", label: "From", kind: "date", help: "Empty: the first day of the schedule.", start: empty },
    { name: "until", label: "To", kind: "date", help: "Empty: today.", start: empty },
    {
      name: "reprocess",
      label: "Runs that exist",
      kind: "choice",
      start: () => "none",
      options: () => [
        { value: "none", label: "leave all as they are" },
        { value: "failed", label: "run failed ones again" },
        { value: "completed", label: "run all again" },
      ],
    },
  ],
  backtest: [
    {
      name: "policies",
      label: "Policies",
      kind: "lines",
      help: "One a line; empty: the usual ones.",
      start: empty,
    },
    {
      name: "retrain_costs",
      label: "Costs of a retrain",
      kind: "numbers",
      help: "In points, separated by commas; empty: the one of the model file.",
      start: empty,
    },
    { name: "since", label: "From", kind: "date", start: empty },
    { name: "until", label: "To", kind: "date", start: empty },
  ],
};

/** Versions that have served and do not serve now. */
function earlier({ versions, champion }: Model) {
  return versions
    .filter(({ version, serves }) => serves.length > 0 && version !== champion?.version)
    .map(({ version }) => ({ value: String(version), label: `v${version}` }));
}

/** What is sent: an empty field is null, a list its parts. */
export function bodyOf(fields: readonly Field[], values: Values) {
  return Object.fromEntries(fields.map(({ name, kind }) => [name, sent(kind, name, values[name]?.trim() ?? "")]));
}

function sent(kind: Field["kind"], name: string, value: string): string | number | string[] | null {
  if (kind === "lines") return partsOf(value, "\n");
  if (kind === "numbers") return partsOf(value, ",");
  if (value === "") return kind === "text" ? "" : null;
  return name === "version" ? Number(value) : value;
}

function partsOf(value: string, separator: string): string[] {
  return value.split(separator).flatMap((part) => part.trim() || []);
}
