/** Made-up answers about windows of the made-up model. */
import type { Distribution, Drift, Explanation, Quality, Signal, Slices } from "../src/api/contract.ts";
import { noise, TIMELINE, WINDOWS } from "./world.ts";

export const COLUMNS = [
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

export function explanation(name: string, key: string): Explanation {
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

export function drift(): Drift {
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

export function distribution(key: string, column: string): Distribution {
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

export function quality(key: string): Quality {
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

export function slices(): Slices {
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
