/** Answers of the API about the made-up world, by path. */
import { backtest, charts, ledger, model, overview, preview, retrains } from "./models.ts";
import { distribution, drift, explanation, quality, slices } from "./windows.ts";
import { TIMELINE } from "./world.ts";

/** The answer to a GET; undefined: there is none. */
export function answerTo(path: string, query: URLSearchParams): unknown {
  if (path === "overview") return overview(query);
  if (path === "overview/charts") return charts(query);
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
