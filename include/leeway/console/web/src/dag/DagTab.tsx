import { Link } from "react-router-dom";
import type { Model } from "../api/contract";
import { useResource } from "../api/useResource";
import { ModelView } from "../model/ModelPage";
import { MODELS } from "../parts/links";
import { Empty, Loaded } from "../parts/Notice";

const OF_A_MODEL = /^(.+)__(monitoring|training|promotion)$/;

/** The tab "Model" on a DAG: the page of the model that the DAG belongs to. */
export function DagTab({ dagId }: { dagId: string }) {
  const name = OF_A_MODEL.exec(dagId)?.[1];
  return name ? <OfModel name={name} dagId={dagId} /> : <NoModel dagId={dagId} />;
}

function OfModel({ name, dagId }: { name: string; dagId: string }) {
  const model = useResource<Model>(`models/${encodeURIComponent(name)}`);
  if (model.error?.status === 404) return <NoModel dagId={dagId} />;
  return (
    <Loaded resource={model} what={name}>
      {(found) => <ModelView model={found} reload={model.reload} compact />}
    </Loaded>
  );
}

function NoModel({ dagId }: { dagId: string }) {
  return (
    <Empty>
      {dagId} belongs to no model of leeway. <Link to={MODELS}>See all models</Link>
    </Empty>
  );
}
