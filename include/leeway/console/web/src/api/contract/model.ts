/** One model: what its file says, its versions, and what can be done about it. */
import type { ModelRow, Window } from "./fleet.ts";

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
  /** Feature columns, from which `features_function` may make others. */
  features: string[];
  features_function: string | null;
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
