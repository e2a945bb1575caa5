/** A made-up history of one model and a made-up fleet: the same at every start. */
import type { ChartPoint, Health, Mark, ModelRow, Timeline, TimelineWindow, Window } from "../src/api/contract.ts";
import { HEALTHS } from "../src/api/contract.ts";

const WEEK = 7 * 86_400_000;
const FIRST = Date.UTC(2013, 0, 7, 5);
const RETRAINS = [8, 14, 27, 40];
export const COUNT = 53;

/** Numbers that look random and never change. */
export function noise(seed: number): number {
  const value = Math.sin(seed * 12.9898) * 43758.5453;
  return value - Math.floor(value);
}

function iso(moment: number): string {
  return new Date(moment).toISOString().replace(".000", "");
}

function windowAt(at: number): Window {
  const [start, end] = [FIRST + at * WEEK, FIRST + (at + 1) * WEEK];
  const short = (moment: number) => `${iso(moment).replace(/[-:]/g, "").slice(0, 13)}Z`;
  return { key: `${short(start)}-${short(end)}`, start: iso(start), end: iso(end) };
}

export const WINDOWS = Array.from({ length: COUNT }, (_, at) => windowAt(at));

function championAt(at: number): number | null {
  const found = RETRAINS.filter((retrain) => retrain < at).length;
  return found === 0 ? null : found;
}

function measured(at: number): TimelineWindow {
  const champion = championAt(at);
  const age = at - (RETRAINS.findLast((retrain) => retrain < at) ?? at);
  const value = 0.72 - age * 0.004 + noise(at) * 0.03;
  const labelled = at < COUNT - 2;
  const coverage = labelled ? 0.97 : 0;
  return {
    window: windowAt(at),
    status: champion === null ? "unscored" : at === 20 ? "quarantined" : "measured",
    rows: 6_000 + Math.floor(noise(at) * 900),
    champion,
    realised:
      champion === null || !labelled || at === 20
        ? null
        : { value, low: value - 0.018, high: value + 0.018, labelled: 6_000, rows: 6_400, coverage },
    estimated:
      champion === null
        ? null
        : { value: value + 0.01, low: value - 0.03, high: value + 0.05, muted: at === 30, reason: "" },
    flagged: champion !== null && noise(at + 500) > 0.6 ? { data: 2, performance: 1 } : {},
  };
}

function marks(): Mark[] {
  const found = RETRAINS.flatMap((at, version): Omit<Mark, "seq">[] => {
    const window = windowAt(at);
    const sentence =
      "`temp`: mean rose from 38.47 to 54.96 (KS 0.72, p < 1e-6). A retrain is expected to bring 1.3 points.";
    return [
      { kind: "decision", at: window.end, window, what: "retrain", sentence, version: null },
      {
        kind: "evaluation",
        at: window.end,
        window,
        what: "promote",
        sentence: "Passed every gate.",
        version: version + 1,
      },
      {
        kind: "promotion",
        at: window.end,
        window: null,
        what: "promotion",
        sentence: "Passed every gate.",
        version: version + 1,
      },
    ];
  });
  for (const at of [17, 18, 33]) {
    const window = windowAt(at);
    found.push({
      kind: "decision",
      at: window.end,
      window,
      what: "alert",
      sentence: "Two columns drifted.",
      version: null,
    });
  }
  found.push({
    kind: "freeze",
    at: windowAt(45).end,
    window: null,
    what: "freeze",
    sentence: "Holidays.",
    version: null,
  });
  return found.sort((one, other) => Date.parse(one.at) - Date.parse(other.at)).map((mark, seq) => ({ ...mark, seq }));
}

export const TIMELINE: Timeline = {
  metric: "auc",
  higher_is_better: true,
  time_zone: "America/New_York",
  windows: WINDOWS.map((_, at) => measured(at)),
  champions: RETRAINS.map((at, version) => ({
    version: version + 1,
    from: windowAt(at).end,
    to: RETRAINS[version + 1] === undefined ? null : windowAt(RETRAINS[version + 1] ?? 0).end,
    by: "gates",
    kind: "promotion",
  })),
  marks: marks(),
};

/** The small chart of the model of a row. */
export function chart(seed: number): ChartPoint[] {
  return WINDOWS.map(({ start }, at) => {
    const value = 0.7 + 0.05 * noise(seed * 100 + at) - (at % 13) * 0.003;
    return { start, realised: at < 48 ? value : null, coverage: 0.95, estimated: at > 3 ? value + 0.01 : null };
  });
}

/** What differs between models of different health. */
function state(at: number, health: Health) {
  return {
    open_retrain: health === "working" ? windowAt(52) : null,
    open_roll_back: null,
    waiting_challenger: health === "waiting" || at === 9 ? 9 : null,
    frozen: health === "frozen" ? { effective_from: windowAt(50).start, reason: "Holidays", by: "ann" } : null,
    late_by: health === "late" ? 14_000 : null,
    catching_up: at === 15,
    next_window: health === "ended" ? null : windowAt(53),
  };
}

/** One row of the fleet; the tenth one is `flights`. */
export function row(at: number): ModelRow {
  const health = HEALTHS[at % HEALTHS.length] ?? "healthy";
  const flagged = health === "flagged" ? ["temp", "wind_dir", "<b>pressure</b>"] : [];
  return {
    model: at === 9 ? "flights" : `model_${String(at).padStart(3, "0")}`,
    description: "Will this departure from New York arrive more than 15 minutes late, or be cancelled?",
    owner: ["operations", "growth", "risk"][at % 3] ?? "",
    tags: ["demo", at % 2 ? "aviation" : "retail"],
    task: "binary",
    time_zone: "America/New_York",
    health,
    health_sentence: `The model is ${health}: this sentence says why in plain words.`,
    champion: health === "new" ? null : { version: 1 + (at % 7), effective_from: windowAt(40).end, windows: 12 },
    last_window: health === "new" ? null : windowAt(52),
    decision: {
      action: at % 3 ? "none" : "retrain",
      reasons: ["data_drift", "worth_it"],
      sentence: "Why.",
      window: windowAt(52),
    },
    flagged: flagged.map((subject) => ({
      kind: "data",
      subject,
      detector: "data_drift",
      sentence: `${subject} drifted.`,
    })),
    flagged_count: flagged.length,
    metric: at % 4 === 3 ? "mae" : "auc",
    higher_is_better: true,
    realised: 0.7 + noise(at) / 10,
    estimated: at % 5 ? 0.71 + noise(at) / 10 : null,
    ...state(at, health),
    last_activity: windowAt(52).end,
  };
}
