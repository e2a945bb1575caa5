import { useCallback } from "react";
import { useSearchParams } from "react-router-dom";

export type Changes = Record<string, string | number | null>;

/** State that lives in the address, so that every view can be linked to; what is null or empty is left out. */
export function useUrl() {
  const [params, setParams] = useSearchParams();
  const change = useCallback(
    (changes: Changes, how: { replace?: boolean } = {}) => {
      setParams((before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value === null || value === "") next.delete(name);
          else next.set(name, String(value));
        }
        return next;
      }, how);
    },
    [setParams],
  );
  return { get: (name: string) => params.get(name), change };
}
