import { figure } from "../parts/words";
import type { Option } from "./echarts";
import type { Palette } from "./palette";
import { legend, lines, tooltip, xAxis, yAxis } from "./parts";

export interface Course {
  name: string;
  values: readonly (number | null)[];
}

/** Several figures over windows. */
export function drawLines(courses: readonly Course[], labels: readonly string[], palette: Palette): Option {
  return {
    grid: { left: 56, right: 12, top: 30, bottom: 28 },
    legend: {
      ...legend(
        palette,
        courses.map((course) => course.name),
      ),
      type: "scroll",
      pageTextStyle: { color: palette.muted },
    },
    tooltip: tooltip(palette, {
      trigger: "axis",
      formatter: ([found]: { axisValue: number }[]) => {
        const at = Math.round(found?.axisValue ?? -1);
        return lines([labels[at] ?? "", ...courses.map(({ name, values }) => `${name}: ${figure(values[at])}`)]);
      },
    }),
    axisPointer: { snap: true },
    xAxis: xAxis(palette, labels),
    yAxis: yAxis(palette),
    series: courses.map(({ name, values }) => ({
      name,
      type: "line",
      symbol: "circle",
      symbolSize: 4,
      lineStyle: { width: 1.5 },
      data: values.map((value, at) => [at, value]),
    })),
  };
}
