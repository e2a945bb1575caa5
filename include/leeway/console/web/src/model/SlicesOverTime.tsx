import { useCallback, useMemo } from "react";
import type { Model, Slices } from "../api/contract";
import { Chart } from "../charts/Chart";
import { type Course, drawLines } from "../charts/lines";
import type { Palette } from "../charts/palette";
import { DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Notice";
import { useUrl } from "../parts/useUrl";
import { figure, plural, spoken } from "../parts/words";
import { useTimes } from "../parts/zone";

/** The metric of each slice over time, and how far apart the groups of declared columns are. */
export function SlicesOverTime({ model, found }: { model: Model; found: Slices }) {
  const { get, change } = useUrl();
  const columns = [...new Set(found.slices.map((slice) => slice.column))];
  const column = columns.find((name) => name === get("slice")) ?? columns[0];
  const courses = useMemo(
    () =>
      found.slices.flatMap((slice, at) =>
        slice.column === column ? [{ name: slice.level, values: found.values[at] ?? [] }] : [],
      ),
    [found, column],
  );
  const gaps = useMemo(
    () => found.gaps.map(({ column: name, gap, values }) => ({ name: `${name}: ${spoken(gap)}`, values })),
    [found],
  );
  if (column === undefined) {
    return <Empty>No slices: none are declared in the model file, or no labels are known yet.</Empty>;
  }
  return (
    <>
      <Courses
        model={model}
        found={found}
        courses={courses}
        title={`${found.metric} by ${column}`}
        tools={
          <label className="field">
            Slices of
            <select value={column} onChange={(event) => change({ slice: event.target.value })}>
              {columns.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        }
      />
      {gaps.length > 0 && <Courses model={model} found={found} courses={gaps} title="Gaps between groups" />}
    </>
  );
}

interface CoursesProps {
  model: Model;
  found: Slices;
  courses: readonly Course[];
  title: string;
  tools?: React.ReactNode;
}

function Courses({ model, found, courses, title, tools }: CoursesProps) {
  const times = useTimes(model.time_zone);
  const draw = useCallback(
    (palette: Palette) => drawLines(courses, times.labels(found.windows.map((window) => window.start)), palette),
    [courses, found, times],
  );
  const rows = found.windows.map((window, at) => ({ window, at })).reverse();
  return (
    <Chart
      title={title}
      summary={`${title} over ${plural(found.windows.length, "window")}: ${courses.map(({ name, values }) => `${name} last ${figure(values.findLast((value) => value !== null))}`).join(", ")}.`}
      height={260}
      draw={draw}
      tools={tools}
      table={
        <DataTable
          caption={`${title}, newest first`}
          columns={[
            { name: `Window (${times.zone})`, head: true, cell: ({ window }) => times.window(window) },
            ...courses.map(({ name, values }) => ({
              name,
              figures: true,
              cell: ({ at }: { at: number }) => figure(values[at]),
            })),
          ]}
          rows={rows}
          id={({ window }) => window.key}
        />
      }
    />
  );
}
