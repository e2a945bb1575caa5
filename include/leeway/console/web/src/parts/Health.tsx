import type { Health } from "../api/contract";
import { Icon, type IconName } from "./Icon";
import { title } from "./words";

export type Tone = "bad" | "warn" | "busy" | "good" | "calm";

const LOOK: Record<Health, { icon: IconName; tone: Tone }> = {
  blocked: { icon: "stop", tone: "bad" },
  late: { icon: "clock", tone: "bad" },
  failing: { icon: "cross", tone: "bad" },
  flagged: { icon: "flag", tone: "warn" },
  waiting: { icon: "hand", tone: "warn" },
  working: { icon: "turn", tone: "busy" },
  frozen: { icon: "pause", tone: "calm" },
  new: { icon: "seed", tone: "calm" },
  ended: { icon: "end", tone: "calm" },
  healthy: { icon: "check", tone: "good" },
};

/** A model's health: a shape and a word of their own for each, the colour only repeats them. */
export function HealthBadge({ health, title: sentence }: { health: Health; title?: string }) {
  const { icon, tone } = LOOK[health];
  return (
    <span className={`badge tone-${tone}`} title={sentence}>
      <Icon name={icon} />
      {title(health)}
    </span>
  );
}

const ACTIONS: Record<string, Tone> = {
  retrain: "busy",
  recalibrate: "busy",
  roll_back: "warn",
  alert: "warn",
  block: "bad",
  promote: "good",
  promotion: "good",
  rollback: "warn",
  await_approval: "warn",
  reject: "calm",
  failed: "bad",
};

/** What was decided, found or done, as a short word in a frame. */
export function Chip({ word, tone }: { word: string; tone?: Tone }) {
  return (
    <span className={`chip tone-${tone ?? ACTIONS[word] ?? "calm"}`}>
      {word === "none" ? "No action" : title(word)}
    </span>
  );
}
