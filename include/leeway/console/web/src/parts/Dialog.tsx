import { type ReactNode, useEffect, useId, useRef } from "react";
import { Icon } from "./Icon";

/** A dialog: the browser keeps the focus in it, closes it with Esc, and gives the focus back. */
export function Dialog({ heading, close, children }: { heading: string; close: () => void; children: ReactNode }) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>("select, textarea, input, footer button")?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={element} aria-labelledby={id} onClose={close}>
      <header>
        <h2 id={id}>{heading}</h2>
        <CloseButton close={close} />
      </header>
      {children}
    </dialog>
  );
}

export function CloseButton({ close }: { close: () => void }) {
  return (
    <button type="button" className="bare" onClick={close} aria-label="Close">
      <Icon name="close" />
    </button>
  );
}
