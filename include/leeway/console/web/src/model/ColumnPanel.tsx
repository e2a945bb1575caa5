import type { Distribution, Model } from "../api/contract";
import { useResource } from "../api/useResource";
import { Loaded } from "../parts/Notice";
import { SidePanel } from "../parts/SidePanel";
import { useUrl } from "../parts/useUrl";
import { useTimes } from "../parts/zone";
import { DistributionChart } from "./DistributionChart";
import { Signals } from "./evidence";

interface Props {
  model: Model;
  windowKey: string;
  column: string;
  close: () => void;
}

/** One column in one window: what the champion learned from beside what came. */
export function ColumnPanel({ model, windowKey, column, close }: Props) {
  const { change } = useUrl();
  const times = useTimes(model.time_zone);
  const path = `models/${model.model}/windows/${windowKey}/columns/${encodeURIComponent(column)}`;
  const distribution = useResource<Distribution>(path);
  return (
    <SidePanel heading={column} about={`${column} ${windowKey}`} close={close}>
      <Loaded resource={distribution} what={`the distributions of ${column}`}>
        {(found) => (
          <>
            <p className="muted">
              {times.window(found.window)} ({times.zone})
            </p>
            <DistributionChart found={found} title="Reference and current" />
            <Signals signals={found.signals} />
          </>
        )}
      </Loaded>
      <p>
        <button type="button" onClick={() => change({ tab: "timeline", column: null })}>
          What was decided about this window
        </button>
      </p>
    </SidePanel>
  );
}
