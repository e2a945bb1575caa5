/** All models: the table, and what a model is in a row of it. */

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

export type Health = (typeof HEALTHS)[number];

export interface Problem {
  code: string;
  message: string;
  where: Record<string, unknown>;
  do: string;
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
  open_retrain: Window | null;
  open_roll_back: Window | null;
  waiting_challenger: number | null;
  frozen: { effective_from: string; reason: string; by: string } | null;
  /** Seconds by which the next undecided window is overdue. */
  late_by: number | null;
  /** Windows are overdue, and are being worked through. */
  catching_up: boolean;
  next_window: Window | null;
  last_activity: string | null;
}

/** A window of a small chart. */
export interface ChartPoint {
  start: string;
  realised: number | null;
  coverage: number | null;
  estimated: number | null;
}

/** The small charts of some models, by model: they hold more than the rows do, and come after them. */
export interface Charts {
  charts: Record<string, ChartPoint[]>;
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
