import { type ReactNode, useEffect, useId, useRef } from "react";
import { CloseButton } from "./Dialog";

interface Props {
  heading: string;
  close: () => void;
  /** What the panel is about: when it changes, the focus goes to the heading. */
  about: string;
  children: ReactNode;
}

/** What explains the part of the page that was picked; it stands beside it, and Esc closes it. */
export function SidePanel({ heading, close, about, children }: Props) {
  const id = useId();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(giveFocusBack, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new subject is a new reason to take the focus
  useEffect(() => title.current?.focus({ preventScroll: true }), [about]);
  return (
    <aside className="side" aria-labelledby={id} onKeyDown={(event) => event.key === "Escape" && close()}>
      <header>
        <h2 id={id} ref={title} tabIndex={-1}>
          {heading}
        </h2>
        <CloseButton close={close} />
      </header>
      {children}
    </aside>
  );
}

/** Once the panel is gone, the focus is where it was before. */
function giveFocusBack() {
  const before = document.activeElement;
  return () => {
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  };
}
