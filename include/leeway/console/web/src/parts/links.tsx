import type { ReactNode } from "react";
import { Link } from "react-router-dom";
import { address } from "../api/request";
import { Icon } from "./Icon";

export const MODELS = "/plugin/models";

export function modelPage(model: string): string {
  return `${MODELS}/${encodeURIComponent(model)}`;
}

/** A run of a DAG, on Airflow's own page about it. */
export function DagRunLink({ dag, run, children }: { dag: string; run: string; children?: ReactNode }) {
  return <Link to={`/dags/${encodeURIComponent(dag)}/runs/${encodeURIComponent(run)}`}>{children ?? "DAG run"}</Link>;
}

/** Something outside Airflow's page: it opens beside it. */
export function OutsideLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children} <Icon name="out" />
      <span className="unseen"> (opens in a new tab)</span>
    </a>
  );
}

/** A document that the API serves. */
export function DocumentLink({ path, children }: { path: string; children: ReactNode }) {
  return <OutsideLink href={address(path)}>{children}</OutsideLink>;
}
