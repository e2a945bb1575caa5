/** One model over its windows. */
import type { Window } from "./fleet.ts";

export interface Interval {
  value: number | null;
  low: number | null;
  high: number | null;
}

export interface TimelineWindow {
  window: Window;
  status: "measured" | "unscored" | "quarantined" | "undecided";
  rows: number;
  champion: number | null;
  realised: (Interval & { labelled: number; rows: number; coverage: number | null }) | null;
  estimated: (Interval & { muted: boolean; reason: string }) | null;
  flagged: Record<string, number>;
}

export const MARK_KINDS = ["decision", "evaluation", "promotion", "freeze"] as const;

export type MarkKind = (typeof MARK_KINDS)[number];

export interface Mark {
  kind: MarkKind;
  at: string;
  window: Window | null;
  what: string;
  sentence: string;
  seq: number;
  version: number | null;
}

export interface Timeline {
  metric: string;
  higher_is_better: boolean;
  time_zone: string;
  windows: TimelineWindow[];
  champions: { version: number; from: string; to: string | null; by: string; kind: string }[];
  marks: Mark[];
}

export interface DriftCell {
  subject: number;
  window: number;
  effect: number | null;
  threshold: number | null;
  p_value: number | null;
  flagged: boolean;
  statistic: number | null;
  test: string;
  sentence: string;
}

export interface Drift {
  subjects: { name: string; kind: string }[];
  windows: Window[];
  cells: DriftCell[];
}

export interface Slices {
  metric: string;
  slices: { column: string; level: string }[];
  windows: Window[];
  values: (number | null)[][];
  gaps: { column: string; gap: string; values: (number | null)[] }[];
}

export interface LedgerEntry {
  seq: number;
  kind: MarkKind;
  at: string;
  what: string;
  sentence: string;
  by: string | null;
  hash: string;
  previous: string;
  payload: Record<string, unknown>;
}

export interface Ledger {
  total: number;
  page: number;
  size: number;
  entries: LedgerEntry[];
}

export interface Retrain {
  as_of: string;
  window: Window | null;
  request: string;
  reasons: string[];
  verdict: string;
  champion: number | null;
  challenger: number | null;
  expected: number | null;
  low: number | null;
  high: number | null;
  realised: number | null;
  realised_windows: number;
  worth: boolean | null;
  sentence: string;
  dag_run: string | null;
  mlflow_url: string | null;
  seconds: number | null;
}

export interface Retrains {
  metric: string;
  cost: number;
  retrains: Retrain[];
}
