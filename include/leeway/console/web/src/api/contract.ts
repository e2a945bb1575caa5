/** What the API under `/leeway/api` answers: times are ISO 8601 in UTC, an undefined number is null, every key is there. */

export * from "./contract/backtest.ts";
export * from "./contract/fleet.ts";
export * from "./contract/history.ts";
export * from "./contract/model.ts";
export * from "./contract/window.ts";
