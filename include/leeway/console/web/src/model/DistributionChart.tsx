import { useCallback, useMemo } from "react";
import type { Distribution } from "../api/contract";
import { Chart } from "../charts/Chart";
import { drawDistribution, sharesOf } from "../charts/distribution";
import type { Palette } from "../charts/palette";
import { DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Notice";
import { Prose } from "../parts/Prose";
import { count, percent } from "../parts/words";

/** Shares of bins or levels, reference beside current, and how many values are missing. */
export function DistributionChart({ found, title }: { found: Distribution; title: string }) {
  const shares = useMemo(() => sharesOf(found), [found]);
  const draw = useCallback((palette: Palette) => drawDistribution(shares, palette), [shares]);
  const { reference, current } = found;
  return (
    <>
      {shares.length > 0 ? (
        <Chart
          title={title}
          summary={summary(found, shares)}
          height={240}
          draw={draw}
          table={
            <DataTable
              caption={`Shares of ${found.column}`}
              columns={[
                { name: found.kind === "numeric" ? "Values" : "Level", head: true, cell: ({ label }) => label },
                { name: "Reference", figures: true, cell: (share) => percent(share.reference, 1) },
                { name: "Current", figures: true, cell: (share) => percent(share.current, 1) },
              ]}
              rows={shares}
              id={({ label }) => label}
            />
          }
        />
      ) : (
        <Empty>The profile keeps no distribution of this column.</Empty>
      )}
      <DataTable
        caption={`Rows of ${found.column}`}
        quiet
        columns={[
          { name: "Side", head: true, cell: ({ side }) => side },
          { name: "Rows", figures: true, cell: ({ rows }) => count(rows) },
          {
            name: "Missing",
            figures: true,
            cell: ({ rows, missing }) => `${count(missing)} (${percent(rows ? missing / rows : 0, 1)})`,
          },
        ]}
        rows={[...(reference ? [{ side: "Reference", ...reference }] : []), { side: "Current", ...current }]}
        id={({ side }) => side}
      />
      <p className="muted">
        {reference ? (
          <Prose text={`Reference: ${reference.from}`} />
        ) : (
          "There is no reference yet: no champion has learned."
        )}
      </p>
    </>
  );
}

function summary({ column, reference }: Distribution, shares: ReturnType<typeof sharesOf>): string {
  const most = (side: "reference" | "current") =>
    shares.reduce((best, share) => ((share[side] ?? 0) > (best[side] ?? 0) ? share : best), shares[0] ?? none);
  const [before, now] = [most("reference"), most("current")];
  if (!reference) return `${column}: most common is ${now.label} (${percent(now.current)}); there is no reference.`;
  return `${column}: most common in the reference ${before.label} (${percent(before.reference)}), now ${now.label} (${percent(now.current)}).`;
}

const none = { label: "none", reference: null, current: null };
