import type { ReactNode } from "react";
import type { Problem } from "../api/contract";
import type { Resource } from "../api/useResource";
import { Icon } from "./Icon";

/** What went wrong, and what to do: the code is what documentation and colleagues can be asked for. */
export function ProblemNotice({ problem, retry }: { problem: Problem; retry?: () => void }) {
  const where = Object.entries(problem.where ?? {});
  return (
    <div className="notice tone-bad" role="alert">
      <Icon name="warn" />
      <div>
        <p>
          <strong>{problem.message}</strong> <code>{problem.code}</code>
        </p>
        {where.length > 0 && <p className="muted">{where.map(([name, value]) => `${name}: ${value}`).join(", ")}</p>}
        {problem.do && <p>{problem.do}</p>}
        {retry && (
          <button type="button" onClick={retry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

/** There is nothing to show, and why that is so. */
export function Empty({ children }: { children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

/** What the server is asked for: its answer, or how far that is. */
export function Loaded<T>({
  resource,
  what,
  children,
}: {
  resource: Resource<T>;
  what: string;
  children: (data: T) => ReactNode;
}) {
  if (resource.error) return <ProblemNotice problem={resource.error.problem} retry={resource.reload} />;
  if (resource.data === undefined) {
    return (
      <div className="loading" role="status">
        Loading {what}
      </div>
    );
  }
  return children(resource.data);
}
