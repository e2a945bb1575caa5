/** One window of a model: why it was decided as it was, and what its data look like. */
import type { Window } from "./fleet.ts";

export interface Signal {
  detector: string;
  subject: string;
  test: string;
  statistic: number | null;
  p_value: number | null;
  effect: number | null;
  threshold: number | null;
  flagged: boolean;
  sentence: string;
  kind: string;
}

export interface Span {
  start: string;
  end: string;
}

export interface Performance {
  window: Span;
  version: number;
  rows: number;
  labelled: number;
  loss: number | null;
  metrics: Record<string, number | null>;
}

interface RisePart {
  value: number | null;
  low: number | null;
  high: number | null;
  share: number | null;
}

export interface Attribution {
  window: Span;
  version: number;
  before: number | null;
  now: number | null;
  rise: number | null;
  rise_low: number | null;
  rise_high: number | null;
  split: boolean;
  inputs: RisePart | null;
  relation: RisePart | null;
  columns: { column: string; value: number | null; share: number | null }[];
  slices: {
    column: string;
    level: string;
    rows_now: number | null;
    value: number | null;
    share: number | null;
    outsize: boolean;
  }[];
  sentence: string;
}

export interface Evaluation {
  as_of: string;
  request: string;
  champion: number | null;
  challenger: number | null;
  winner: string;
  verdict: string;
  sentence: string;
  points: number | null;
  gates: { gate: string; passed: boolean; sentence: string }[];
}

export interface Explanation {
  model: string;
  window: Span;
  decision: {
    action: string;
    reasons: string[];
    sentence: string;
    champion: number | null;
    policy: string;
    evidence: Record<string, unknown>;
  } | null;
  champion: number | null;
  data: { state: string; rows: number; version: string; reason_code: string; reason: string } | null;
  measurement: { revision: number; revisions: number; status: string; rows: number } | null;
  signals: Signal[];
  matured: Performance[];
  attributions: Attribution[];
  evaluations: Evaluation[];
  promotions: { kind: string; from_version: number | null; to_version: number; effective_from: string; by: string }[];
  links: { what: string; url: string | null }[];
  changes: { what: string; before: unknown; after: unknown }[];
  dag_run: string | null;
  documents: { what: "evidently" | "data_docs"; path: string }[];
  gain: {
    expected: number | null;
    realised: number | null;
    windows: number;
    worth: boolean | null;
    sentence: string;
  } | null;
}

export interface Distribution {
  column: string;
  window: Window;
  kind: "numeric" | "categorical" | "text" | "time" | "other" | "empty";
  /** What the champion learned from; null while there is none. */
  reference: { rows: number; missing: number; from: string } | null;
  current: { rows: number; missing: number };
  /** Shares of ranges of values: null as `low` or `high` stands for all values beyond. Empty where `levels` tell. */
  bins: { low: number | null; high: number | null; reference: number | null; current: number | null }[];
  /** Of texts the levels are patterns, in which A is a letter and 9 a digit. */
  levels: { level: string; reference: number | null; current: number | null }[];
  signals: Signal[];
}

export interface Quality {
  scores: Distribution | null;
  reliability: { rows: number; score: number | null; share: number | null }[];
  slices: {
    column: string;
    level: string;
    rows: number | null;
    metrics: Record<string, number | null>;
    loss: number | null;
  }[];
  version: number | null;
}
