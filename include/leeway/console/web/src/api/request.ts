import type { Problem } from "./contract";

/** Airflow's own address, which may lie below a path of a reverse proxy; it ends in a slash. */
export const AIRFLOW = document.baseURI;

/** A whole address from one that the API told, like `/leeway/api/models/...`: it is relative to Airflow's. */
export function address(path: string): string {
  return new URL(path.replace(/^\//, ""), AIRFLOW).href;
}

/** An answer that is not the one asked for. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.message);
  }
}

export type Query = Record<string, string | number | readonly (string | number)[] | null | undefined>;

/** Read something below `/leeway/api/`. */
export function read<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return answer<T>(fetch(withQuery(path, query), { headers: { Accept: "application/json" }, signal: signal ?? null }));
}

/** Do something. A form of another site could send neither this content type nor this header. */
export function act<T>(path: string, body: unknown): Promise<T> {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-Leeway": "1" };
  return answer<T>(fetch(withQuery(path, {}), { method: "POST", headers, body: JSON.stringify(body) }));
}

function withQuery(path: string, query: Query): string {
  const url = new URL(address(`leeway/api/${path}`));
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") url.searchParams.append(name, String(one));
    }
  }
  return url.href;
}

async function answer<T>(request: Promise<Response>): Promise<T> {
  let response: Response;
  try {
    response = await request;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(
      0,
      said("OFFLINE", "Airflow does not answer.", "See whether its API server runs, then try again."),
    );
  }
  const text = await response.text();
  const body = parsed(text);
  if (response.ok && body !== undefined) return body as T;
  throw new ApiError(response.status, problemOf(response.status, body));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a proxy's error page, say
  }
}

/** Leeway's errors come as `error`, Airflow's as `detail`; of others only the status is known. */
function problemOf(status: number, body: unknown): Problem {
  const { error, detail } = (body ?? {}) as { error?: Problem; detail?: Parameters<typeof detailed>[0] };
  if (error) return error;
  if (status === 401) return said("401", "You are not logged in any more.", "Log in to Airflow again.");
  const message = detail ? detailed(detail) : `Airflow answered ${status}.`;
  const next =
    status === 403 ? "Ask an administrator of Airflow for the right." : "Try again; Airflow's log says more.";
  return said(String(status), message, next);
}

/** A sentence, or FastAPI's list of what is wrong with the fields of a request. */
function detailed(detail: string | { loc: (string | number)[]; msg: string }[]): string {
  return typeof detail === "string" ? detail : detail.map(({ loc, msg }) => `${loc.at(-1)}: ${msg}`).join("; ");
}

function said(code: string, message: string, next: string): Problem {
  return { code, message, where: {}, do: next };
}
