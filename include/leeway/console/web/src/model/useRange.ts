import { useRef } from "react";
import { useUrl } from "../parts/useUrl";

const PAUSE = 300;

/** A window by its start, as its key begins: `20130107T0500Z`. */
function startOf(key: string | undefined): string | null {
  return key?.split("-")[0] ?? null;
}

/** The windows that are seen, as first and last place among `keys`; the address remembers them as `from` and `to`. */
export function useRange(keys: readonly string[]) {
  const { get, change } = useUrl();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const place = (name: string, otherwise: number) => {
    const asked = get(name);
    const found = asked === null ? -1 : keys.findIndex((key) => startOf(key) === asked);
    return found < 0 ? otherwise : found;
  };
  const last = keys.length - 1;
  const range = [place("from", 0), place("to", last)] as const;
  const see = (first: number, to: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      change(
        { from: first <= 0 ? null : startOf(keys[first]), to: to >= last ? null : startOf(keys[to]) },
        { replace: true },
      );
    }, PAUSE);
  };
  return { range, see };
}
