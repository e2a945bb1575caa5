import { type FocusEvent, useRef, useState } from "react";
import type { Action, Model } from "../api/contract";
import { Icon } from "../parts/Icon";
import { ActionDialog } from "./ActionDialog";

/** What the person may do about the model; what they may not do says why. */
export function ActionsMenu({ model, done }: { model: Model; done: () => void }) {
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<Action | null>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const shut = () => {
    setOpen(false);
    opener.current?.focus();
  };
  const choose = (action: Action) => {
    shut();
    setChosen(action);
  };
  const left = (event: FocusEvent<HTMLElement>) => {
    if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc closes the list from wherever the focus is in it
    <div className="menu" onBlur={left} onKeyDown={(event) => event.key === "Escape" && open && shut()}>
      <button type="button" ref={opener} className="primary" aria-expanded={open} onClick={() => setOpen(!open)}>
        Actions <Icon name="more" />
      </button>
      {open && (
        <ul>
          {model.actions.map((action) => (
            <li key={action.name}>
              <button type="button" aria-disabled={!action.allowed} onClick={() => action.allowed && choose(action)}>
                {action.label}
                {action.why_not && <small>{action.why_not}</small>}
              </button>
            </li>
          ))}
        </ul>
      )}
      {chosen && <ActionDialog model={model} action={chosen} close={() => setChosen(null)} done={done} />}
    </div>
  );
}
