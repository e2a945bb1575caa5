/** What a backtest found. */
import type { Span } from "./window.ts";

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
