import { useLocation } from "react-router-dom";
import { DagTab } from "./dag/DagTab";
import { ModelPage } from "./model/ModelPage";
import { Overview } from "./overview/Overview";
import { MODELS } from "./parts/links";
import { ZoneProvider } from "./parts/zone";
import css from "./style/console.css?inline";

/** What Airflow passes: on a DAG's tab the DAG, in the navigation nothing. */
export interface Place {
  dagId?: string;
}

/** The page of leeway for the place that Airflow shows it at. */
export function Console({ dagId }: Place) {
  return (
    <ZoneProvider>
      <style href="leeway-console" precedence="default">
        {css}
      </style>
      <main className="leeway">{dagId ? <DagTab dagId={dagId} /> : <Pages />}</main>
    </ZoneProvider>
  );
}

/** `/plugin/models` and `/plugin/models/<model>`; Airflow may itself lie below a path. */
function Pages() {
  const { pathname } = useLocation();
  const model = pathname.split(`${MODELS}/`)[1]?.split("/")[0];
  return model ? <ModelPage model={decodeURIComponent(model)} /> : <Overview />;
}
