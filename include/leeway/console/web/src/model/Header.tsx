import { ActionsMenu } from "../actions/ActionsMenu";
import type { Model } from "../api/contract";
import { HealthBadge } from "../parts/Health";
import { Prose } from "../parts/Prose";
import { length, plural } from "../parts/words";
import { useTimes, ZoneSwitch } from "../parts/zone";

interface Props {
  model: Model;
  done: () => void;
  compact: boolean;
}

/** How the model is, in a glance, and what can be done about it. */
export function Header({ model, done, compact }: Props) {
  const Title = compact ? "h2" : "h1";
  return (
    <header className="model">
      <div>
        <Title>{model.model}</Title> <HealthBadge health={model.health} />
        <p className="sentence">
          <Prose text={model.health_sentence} />
        </p>
        {!compact && <p className="muted">{model.description}</p>}
        <Glance model={model} />
      </div>
      <div className="tools">
        <ZoneSwitch zone={model.time_zone} />
        <ActionsMenu model={model} done={done} />
      </div>
    </header>
  );
}

function Glance({ model }: { model: Model }) {
  const times = useTimes(model.time_zone);
  const { champion, last_window, next_window, late_by } = model;
  const facts: [string, string | null][] = [
    [
      "Champion",
      champion &&
        `v${champion.version} since ${times.short(champion.effective_from)}, ${plural(champion.windows, "window")}`,
    ],
    ["Last window", last_window && times.window(last_window)],
    [
      "Next run",
      next_window && `${times.short(next_window.end)}${late_by === null ? "" : `, late by ${length(late_by)}`}`,
    ],
    ["Waits for approval", model.waiting_challenger === null ? null : `v${model.waiting_challenger}`],
    ["Retrain under way", model.open_retrain && `asked for by ${times.window(model.open_retrain)}`],
    ["Roll back under way", model.open_roll_back && `asked for by ${times.window(model.open_roll_back)}`],
    [
      "Frozen",
      model.frozen && `by ${model.frozen.by} since ${times.short(model.frozen.effective_from)}: ${model.frozen.reason}`,
    ],
  ];
  return (
    <dl className="glance">
      {facts.map(
        ([name, text]) =>
          text !== null && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
