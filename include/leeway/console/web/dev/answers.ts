/** Answers of the API about the made-up world, by path. */
import type {
  ActionName,
  Backtest,
  Distribution,
  Drift,
  Explanation,
  Ledger,
  Model,
  Overview,
  Preview,
  Quality,
  Retrains,
  Signal,
  Slices,
} from "../src/api/contract";
import { COUNT, noise, row, TIMELINE, WINDOWS } from "./world.ts";

const FLEET = Array.from({ length: 60 }, (_, at) => row(at));
const COLUMNS = [
  "temp",
  "dewp",
  "humid",
  "wind_dir",
  "wind_speed",
  "precip",
  "pressure",
  "visib",
  "carrier",
  "origin",
  "hour",
  "score",
];
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

function model(name: string): Model {
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

function signal(subject: string, flagged: boolean): Signal {
  return {
    detector: "data_drift",
    subject,
    test: "ks_chi2",
    statistic: 0.76,
    p_value: flagged ? 2e-35 : 0.4,
    effect: flagged ? 0.74 : 0.02,
    threshold: 0.05,
    flagged,
    sentence: `\`${subject}\`: mean rose from 38.47 to 54.96 (KS 0.76, p < 1e-6).`,
    kind: "data",
  };
}

function explanation(name: string, key: string): Explanation {
  const window = WINDOWS.find((one) => one.key === key) ?? { key, start: "", end: "" };
  const mark = TIMELINE.marks.find((one) => one.window?.key === key && one.kind === "decision");
  const retrained = mark?.what === "retrain";
  return {
    model: name,
    window,
    decision: {
      action: mark?.what ?? "none",
      reasons: retrained ? ["concept_drift", "worth_it"] : ["quiet"],
      sentence: mark?.sentence ?? "Nothing was flagged in 30 signals.",
      champion: 2,
      policy: "evidence",
      evidence: {},
    },
    champion: 2,
    data: { state: "published", rows: 6_400, version: "ab12", reason_code: "", reason: "" },
    measurement: { revision: 1, revisions: 1, status: "measured", rows: 6_400 },
    signals: COLUMNS.map((column, at) => signal(column, at < 2)),
    matured: [{ window, version: 2, rows: 6_400, labelled: 6_200, loss: 0.178, metrics: { auc: 0.694 } }],
    attributions: [],
    evaluations: retrained
      ? [
          {
            as_of: window.end,
            request: "",
            champion: 2,
            challenger: 3,
            winner: "gradient_boosting/all",
            verdict: "promote",
            sentence: "gradient_boosting/all was the best of the candidates; passed every gate.",
            points: 1.34,
            gates: [
              {
                gate: "beats_baseline",
                passed: true,
                sentence: "auc is 0.6936, of the trivial baseline 0.5 (higher is better).",
              },
              {
                gate: "versus_champion",
                passed: true,
                sentence: "The loss falls by 0.0011 (0.72 %) (p 0.01) on 13124 rows in 15 blocks.",
              },
            ],
          },
        ]
      : [],
    promotions: retrained
      ? [{ kind: "promotion", from_version: 2, to_version: 3, effective_from: window.end, by: "gates" }]
      : [],
    links: [{ what: "monitoring run", url: "http://127.0.0.1:5000/#/runs/1" }],
    changes: [],
    dag_run: `scheduled__${window.end}`,
    documents: [{ what: "evidently", path: `/leeway/api/models/${name}/documents/evidently/${key}` }],
    gain: retrained
      ? {
          expected: 1.34,
          realised: 0.92,
          windows: 6,
          worth: true,
          sentence: "It brought 0.92 points of `auc` over 6 windows.",
        }
      : null,
  };
}

function drift(): Drift {
  const windows = WINDOWS.slice(9);
  return {
    subjects: COLUMNS.map((name) => ({
      name,
      kind: name === "score" ? "prediction" : "data",
    })),
    windows,
    cells: COLUMNS.flatMap((name, subject) =>
      windows.map((_, window) => {
        const effect = noise(subject * 71 + window) ** 6 / (subject + 1);
        const flagged = effect > 0.05;
        return {
          subject,
          window,
          effect,
          threshold: 0.05,
          p_value: flagged ? 1e-9 : 0.3,
          flagged,
          statistic: effect,
          test: "ks_chi2",
          sentence: signal(name, flagged).sentence,
        };
      }),
    ),
  };
}

function distribution(key: string, column: string): Distribution {
  const window = WINDOWS.find((one) => one.key === key) ?? { key, start: "", end: "" };
  const bell = (at: number, middle: number) => Math.exp(-((at - middle) ** 2) / 18) / 7.5;
  return {
    column,
    window,
    kind: "numeric",
    reference: { rows: 52_000, missing: 310, from: "the rows that v2 learned from, 2013-01-07 to 2013-04-15" },
    current: { rows: 6_400, missing: 20 },
    levels: [],
    bins: Array.from({ length: 20 }, (_, at) => ({
      low: at * 5,
      high: at * 5 + 5,
      reference: bell(at, 8),
      current: bell(at, 12),
    })),
    signals: [signal(column, true)],
  };
}

function quality(key: string): Quality {
  return {
    scores: distribution(key, "score"),
    reliability: Array.from({ length: 10 }, (_, at) => ({
      rows: 640,
      score: at / 12 + 0.03,
      share: at / 12 + noise(at) * 0.06,
    })),
    slices: ["EWR", "JFK", "LGA"].map((level, at) => ({
      column: "origin",
      level,
      rows: 2_000 + at,
      metrics: { auc: 0.68 + at / 50 },
      loss: 0.17,
    })),
    version: 2,
  };
}

function slices(): Slices {
  const levels = ["EWR", "JFK", "LGA"];
  const values = (seed: number) => WINDOWS.map((_, at) => (at < 9 ? null : 0.68 + 0.05 * noise(at + seed * 91)));
  return {
    metric: "auc",
    slices: [...levels.map((level) => ({ column: "origin", level })), { column: "carrier", level: "UA" }],
    windows: WINDOWS,
    values: [1, 2, 3, 4].map(values),
    gaps: [{ column: "origin", gap: "selection_rate", values: values(7).map((value) => value && value - 0.66) }],
  };
}

function ledger(query: URLSearchParams): Ledger {
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

function retrains(): Retrains {
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

function backtest(): Backtest {
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

function preview(action: string, query: URLSearchParams): Preview {
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

/** The answer to a GET; undefined: there is none. */
export function answerTo(path: string, query: URLSearchParams): unknown {
  if (path === "overview") return overview(query);
  const [, name = "", rest = ""] = /^models\/([^/]+)\/?(.*)$/.exec(path) ?? [];
  if (name === "nobody") return undefined;
  const [first, key = "", third, column = ""] = rest.split("/");
  if (first === "windows" && third === "columns") return distribution(key, decodeURIComponent(column));
  if (first === "windows") return third === "quality" ? quality(key) : explanation(name, key);
  if (first === "actions") return preview(key, query);
  const answers: Record<string, () => unknown> = {
    "": () => model(name),
    timeline: () => TIMELINE,
    drift,
    slices,
    retrains,
    backtest,
    ledger: () => ledger(query),
  };
  return answers[rest]?.();
}
