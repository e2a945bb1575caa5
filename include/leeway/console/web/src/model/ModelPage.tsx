import { useState } from "react";
import { Link } from "react-router-dom";
import type { Model } from "../api/contract";
import { useResource } from "../api/useResource";
import { MODELS } from "../parts/links";
import { Loaded } from "../parts/Notice";
import { Tabs } from "../parts/Tabs";
import { useUrl } from "../parts/useUrl";
import { About } from "./About";
import { BacktestTab } from "./BacktestTab";
import { DriftTab } from "./DriftTab";
import { Header } from "./Header";
import { LedgerTab } from "./LedgerTab";
import { QualityTab } from "./QualityTab";
import { RetrainsTab } from "./RetrainsTab";
import { TimelineTab } from "./TimelineTab";

const TABS = [
  { name: "timeline", label: "Timeline", Content: TimelineTab },
  { name: "drift", label: "Drift", Content: DriftTab },
  { name: "quality", label: "Quality & slices", Content: QualityTab },
  { name: "retrains", label: "Retrains", Content: RetrainsTab },
  { name: "backtest", label: "Backtest", Content: BacktestTab },
  { name: "ledger", label: "Ledger", Content: LedgerTab },
  { name: "about", label: "About", Content: About },
] as const;

/** The page of one model. */
export function ModelPage({ model: name }: { model: string }) {
  const model = useResource<Model>(`models/${encodeURIComponent(name)}`);
  return (
    <>
      <nav className="path" aria-label="Path">
        <Link to={MODELS}>Models</Link> / {name}
      </nav>
      {model.error && <h1>{name}</h1>}
      <Loaded resource={model} what={name}>
        {(found) => <ModelView model={found} reload={model.reload} />}
      </Loaded>
    </>
  );
}

interface ViewProps {
  model: Model;
  reload: () => void;
  /** On a DAG's tab Airflow's own heading stands above. */
  compact?: boolean;
}

export function ModelView({ model, reload, compact = false }: ViewProps) {
  const { get, change } = useUrl();
  const [turn, setTurn] = useState(0);
  const done = () => {
    reload();
    setTurn(turn + 1);
  };
  const asked = get("tab");
  const { name, Content } = TABS.find((tab) => tab.name === asked) ?? TABS[0];
  return (
    <>
      <Header model={model} done={done} compact={compact} />
      <Tabs
        label={`What to see of ${model.model}`}
        tabs={TABS}
        current={name}
        choose={(tab) => change({ tab, column: null, page: null, kind: null })}
      >
        {/* Something was done: what the tab has read is old. */}
        <Content key={turn} model={model} />
      </Tabs>
    </>
  );
}
