/** Made-up answers about the fleet and its models. */
import type { ActionName, Backtest, Charts, Ledger, Model, Overview, Preview, Retrains } from "../src/api/contract.ts";
import { COLUMNS } from "./windows.ts";
import { COUNT, chart, row, TIMELINE, WINDOWS } from "./world.ts";

const FLEET = Array.from({ length: 60 }, (_, at) => row(at));

const ACTIONS: [ActionName, string, string | null][] = [
  ["approve", "Approve v9", null],
  ["reject", "Reject v9", null],
  ["roll_back", "Roll back", null],
  ["freeze", "Freeze", null],
  ["unfreeze", "Unfreeze", "The model is not frozen."],
  ["retrain", "Request a retrain", null],
  ["backfill", "Start a backfill", null],
  ["backtest", "Start a backtest", "You may not start runs of flights__monitoring."],
];

export function overview(query: URLSearchParams): Overview {
  const [page, size] = [Number(query.get("page")), Number(query.get("size"))];
  const matching = FLEET.filter(({ model }) => model.includes(query.get("search") ?? ""));
  const counts: Overview["counts"] = {};
  for (const { health } of matching) counts[health] = (counts[health] ?? 0) + 1;
  const shown = matching.filter(({ health }) => !query.get("health") || health === query.get("health"));
  if (query.get("order") === "desc") shown.reverse();
  return {
    now: "2014-01-14T06:00:00Z",
    page,
    size,
    total: shown.length,
    counts,
    owners: ["growth", "operations", "risk"],
    tags: ["aviation", "demo", "retail"],
    broken: [
      {
        code: "SPEC003",
        message: "unknown key 'trianing'; did you mean 'training'?",
        where: { file: "fraud.yaml", line: 12 },
        do: "Correct the model file.",
      },
    ],
    models: shown.slice((page - 1) * size, page * size),
  };
}

export function charts(query: URLSearchParams): Charts {
  const asked = new Set(query.getAll("model"));
  const found = FLEET.flatMap(({ model, health }, at) =>
    asked.has(model) ? [[model, health === "new" ? [] : chart(at)] as const] : [],
  );
  return { charts: Object.fromEntries(found) };
}

export function model(name: string): Model {
  const found = FLEET.find((one) => one.model === name) ?? row(9);
  return {
    ...found,
    spec: {
      task: "binary",
      metric: "auc",
      loss: "brier",
      higher_is_better: true,
      retrain_cost: 0.1,
      promotion: "manual",
      policy: "evidence",
      cron: "0 0 * * 1",
      time_zone: "America/New_York",
      label: "late",
      features: COLUMNS,
      features_function: "flights.py:features",
      slices: ["carrier", "origin"],
      sensitive: [],
      trainers: ["gradient_boosting"],
      gates: ["beats_baseline", "versus_champion", "per_slice"],
      file: "include/models/flights.yaml",
    },
    versions: TIMELINE.champions.map(({ version, from, to }) => ({
      version,
      as_of: from,
      trained_on: [WINDOWS[0]?.start ?? "", from],
      metrics: { auc: 0.7 },
      serves: [{ from, to }],
      mlflow_url: "http://127.0.0.1:5000/#/models/flights",
      card: `/leeway/api/models/${name}/card/${version}`,
    })),
    may: { run_training: true, run_promotion: true, run_monitoring: true, run_backtest: false },
    dags: { monitoring: `${name}__monitoring`, training: `${name}__training`, promotion: `${name}__promotion` },
    first_window: WINDOWS[0] ?? null,
    windows: COUNT,
    actions: ACTIONS.map(([action, label, why_not]) => ({ name: action, label, allowed: why_not === null, why_not })),
  };
}

export function ledger(query: URLSearchParams): Ledger {
  const found = TIMELINE.marks.filter(({ kind }) => !query.get("kind") || kind === query.get("kind")).toReversed();
  return {
    total: found.length,
    page: 1,
    size: 50,
    entries: found.map(({ seq, kind, at, what, sentence }) => ({
      seq,
      kind,
      at,
      what,
      sentence,
      by: kind === "freeze" ? "ann" : null,
      hash: "9f".repeat(32),
      previous: "8e".repeat(32),
      payload: { what, at },
    })),
  };
}

/** The newest of four has no labels yet, the oldest had no champion to beat. */
const GAINS = [
  { expected: 1.3, low: 0.4, high: 2.2, realised: null, worth: null },
  { expected: 0.9, low: 0.1, high: 1.7, realised: 0.4, worth: true },
  { expected: 0.6, low: -0.3, high: 1.5, realised: -0.1, worth: false },
  { expected: null, low: null, high: null, realised: null, worth: null },
];

export function retrains(): Retrains {
  const decisions = TIMELINE.marks.filter(({ what }) => what === "retrain").toReversed();
  return {
    metric: "auc",
    cost: 0.1,
    retrains: GAINS.map((gain, place) => ({
      as_of: decisions[place]?.at ?? "",
      window: decisions[place]?.window ?? null,
      request: "",
      reasons: gain.expected === null ? ["bootstrap"] : ["concept_drift", "worth_it"],
      verdict: "promote",
      champion: gain.expected === null ? null : 3 - place,
      challenger: 4 - place,
      ...gain,
      realised_windows: 6,
      sentence: "Why.",
      dag_run: `asset_triggered__${decisions[place]?.at}`,
      mlflow_url: "http://127.0.0.1:5000/#/runs/1",
      seconds: 42,
    })),
  };
}

export function backtest(): Backtest {
  const policy = (name: string, score: number, retrained: number) => ({
    name,
    score,
    retrains: retrained,
    d: 0.3,
    gain: 0.8,
    false_retrains: 0.5,
  });
  return {
    at: "2014-01-10T08:00:00Z",
    by: "ann",
    result: {
      metric: "auc",
      higher_is_better: true,
      rows: 336_776,
      windows: WINDOWS,
      seeds: 3,
      never: 0.66,
      every: 0.71,
      periodic: [
        { period: 4, retrains: 11, score: 0.705 },
        { period: 13, retrains: 3, score: 0.69 },
      ],
      oracle: [
        { retrains: 1, score: 0.685, excess: 0.4 },
        { retrains: 3, score: 0.703, excess: 1.1 },
        { retrains: 6, score: 0.711, excess: 0.9 },
      ],
      policies: [policy("evidence", 0.704, 4), policy("page_hinkley", 0.69, 5), policy("data_drift", 0.695, 14)],
      recommendation: {
        policy: "evidence",
        retrain_cost: 0.1,
        reasons: ["It brings 0.8 of the gain with 4 retrains."],
      },
    },
  };
}

export function preview(action: string, query: URLSearchParams): Preview {
  const title = ACTIONS.find(([name]) => name === action)?.[1] ?? action;
  return {
    allowed: true,
    why_not: null,
    title,
    sentence: `Version 9 takes over from version 4 for windows from 2014-01-13 05:00 UTC on. Reason: ${query.get("reason") ?? ""}`,
    consequences: ["The ledger notes your name.", "Version 4 stays and can be rolled back to."],
    confirm: title,
  };
}
