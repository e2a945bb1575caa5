import { useCallback, useEffect, useState } from "react";
import { ApiError, type Query, read } from "./request";

/** What is known of something on the server; while it is read anew the last answer stays. */
export interface Resource<T> {
  data: T | undefined;
  error: ApiError | undefined;
  loading: boolean;
  reload: () => void;
}

/**
 * Read something from the API, again whenever path or query change.
 *
 * @param path below `/leeway/api/`; null: nothing yet.
 * @param keep whether the last answer stays while another one is read. Without it a changed path shows nothing at first.
 */
export function useResource<T>(path: string | null, query: Query = {}, keep = false): Resource<T> {
  const asked = path === null ? null : JSON.stringify([path, query]);
  const [known, setKnown] = useState<{ asked: string | null; data?: T; error?: ApiError }>({ asked: null });
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((last) => last + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn reads the same again
  useEffect(() => {
    if (asked === null) return;
    const abort = new AbortController();
    const [wanted, parameters] = JSON.parse(asked) as [string, Query];
    read<T>(wanted, parameters, abort.signal)
      .then((data) => setKnown({ asked, data }))
      .catch((error: unknown) => {
        if (abort.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        setKnown({ asked, error });
      });
    return () => abort.abort();
  }, [asked, turn]);

  const current = known.asked === asked;
  return {
    data: current || keep ? known.data : undefined,
    error: current ? known.error : undefined,
    loading: asked !== null && !current,
    reload,
  };
}
