/** What the API under `/leeway/api` answers: times are ISO 8601 in UTC, an undefined number is null, every key is there. */

export interface Window {
  key: string;
  start: string;
  end: string;
}

export const HEALTHS = [
  "blocked",
  "late",
  "failing",
  "flagged",
  "waiting",
  "working",
  "frozen",
  "new",
  "ended",
  "healthy",
] as const;
/** How a model is, worst first. */
export type Health = (typeof HEALTHS)[number];

export interface Problem {
  code: string;
  message: string;
  where: Record<string, unknown>;
  do: string;
}

export interface SparkPoint {
  start: string;
  realised: number | null;
  coverage: number | null;
  estimated: number | null;
}

export interface ModelRow {
  model: string;
  description: string;
  owner: string;
  tags: string[];
  task: "binary" | "regression";
  time_zone: string;
  health: Health;
  health_sentence: string;
  champion: { version: number; effective_from: string; windows: number } | null;
  last_window: Window | null;
  decision: { action: string; reasons: string[]; sentence: string; window: Window } | null;
  flagged: { kind: string; subject: string; detector: string; sentence: string }[];
  flagged_count: number;
  metric: string;
  higher_is_better: boolean;
  realised: number | null;
  estimated: number | null;
  spark: SparkPoint[];
  open_retrain: Window | null;
  open_roll_back: Window | null;
  waiting_challenger: number | null;
  frozen: { effective_from: string; reason: string; by: string } | null;
  /** Seconds by which the next undecided window is overdue. */
  late_by: number | null;
  next_window: Window | null;
  last_activity: string | null;
}

export interface Overview {
  now: string;
  page: number;
  size: number;
  total: number;
  counts: Partial<Record<Health, number>>;
  owners: string[];
  tags: string[];
  broken: Problem[];
  models: ModelRow[];
}

export interface Version {
  version: number;
  as_of: string;
  trained_on: [string, string];
  metrics: Record<string, number | null>;
  serves: { from: string; to: string | null }[];
  mlflow_url: string | null;
  card: string;
}

export interface Action {
  name: ActionName;
  label: string;
  allowed: boolean;
  why_not: string | null;
}

export type ActionName =
  | "approve"
  | "reject"
  | "roll_back"
  | "freeze"
  | "unfreeze"
  | "retrain"
  | "backfill"
  | "backtest";

export interface Spec {
  task: string;
  metric: string;
  loss: string;
  higher_is_better: boolean;
  retrain_cost: number;
  promotion: string;
  policy: string;
  cron: string;
  time_zone: string;
  label: string;
  features: string[];
  slices: string[];
  sensitive: string[];
  trainers: string[];
  gates: string[];
  file: string;
}

export interface Model extends ModelRow {
  spec: Spec;
  versions: Version[];
  may: { run_training: boolean; run_promotion: boolean; run_monitoring: boolean; run_backtest: boolean };
  dags: { monitoring: string; training: string; promotion: string };
  first_window: Window | null;
  windows: number;
  actions: Action[];
}

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

export interface BacktestPolicy {
  name: string;
  score: number | null;
  retrains: number | null;
  gain: number | null;
  d: number | null;
  false_retrains: number | null;
}

export interface BacktestResult {
  metric: string;
  higher_is_better: boolean;
  rows: number;
  windows: Span[];
  seeds: number;
  never: number | null;
  every: number | null;
  periodic: { period: number; retrains: number; score: number | null }[];
  oracle: { retrains: number; score: number | null; excess: number | null }[];
  policies: BacktestPolicy[];
  recommendation: { policy: string; retrain_cost: number | null; reasons: string[] } | null;
}

export interface Backtest {
  at: string | null;
  by: string | null;
  result: BacktestResult | null;
}

export interface Preview {
  allowed: boolean;
  why_not: string | null;
  title: string;
  sentence: string;
  consequences: string[];
  confirm: string;
}

export interface Done {
  done: string;
  dag_run: { dag_id: string; run_id: string } | null;
}
