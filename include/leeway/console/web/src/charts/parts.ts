/** Pieces that several charts are made of. */
import type { Palette } from "./palette";

/** Data stand at whole numbers of the x axis, 0 for the first of them; half a step is left free at both ends. */
export function xAxis(palette: Palette, labels: readonly string[], more: object = {}) {
  return {
    type: "value",
    min: -0.5,
    max: Math.max(0.5, labels.length - 0.5),
    minInterval: 1,
    splitNumber: 8,
    splitLine: { show: false },
    axisLine: { show: true, onZero: false, lineStyle: { color: palette.line } },
    axisTick: { show: true, lineStyle: { color: palette.line } },
    axisLabel: { color: palette.muted, hideOverlap: true, formatter: (at: number) => labels[at] ?? "" },
    ...more,
  };
}

export function yAxis(palette: Palette, more: object = {}) {
  return {
    type: "value",
    scale: true,
    splitNumber: 4,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: palette.muted },
    nameTextStyle: { color: palette.muted, align: "left" },
    splitLine: { lineStyle: { color: palette.line, opacity: 0.6 } },
    ...more,
  };
}

export function legend(palette: Palette, data: readonly (string | object)[]) {
  return { data: [...data], top: 0, left: 0, itemWidth: 18, itemHeight: 10, textStyle: { color: palette.text } };
}

/** The part between two lines, drawn under the lines of the same name's colour. */
export function band(name: string, color: string, ends: readonly (readonly [number, number] | null)[]) {
  const common = {
    type: "line",
    symbol: "none",
    silent: true,
    stack: name,
    stackStrategy: "all",
    lineStyle: { opacity: 0 },
  };
  return [
    { ...common, name: `${name} low`, data: ends.map((end, at) => [at, end ? end[0] : null]) },
    {
      ...common,
      name: `${name} high`,
      areaStyle: { color, opacity: 0.16 },
      data: ends.map((end, at) => [at, end ? end[1] - end[0] : null]),
    },
  ];
}

/** A tooltip's frame. */
export function tooltip(palette: Palette, more: object) {
  return {
    confine: true,
    backgroundColor: palette.ground,
    borderColor: palette.line,
    textStyle: { color: palette.text, fontSize: 12 },
    extraCssText: "max-width: 360px; white-space: normal;",
    ...more,
  };
}

/** A tooltip's lines, the first of them strong. As text, never as HTML: names come from data. */
export function lines([head, ...rest]: readonly string[]): HTMLElement {
  const element = document.createElement("div");
  const strong = document.createElement("strong");
  strong.textContent = head ?? "";
  element.append(strong);
  for (const text of rest) {
    const line = document.createElement("div");
    line.textContent = text;
    element.append(line);
  }
  return element;
}

/** The slider under a chart, and the range of whole numbers that it shows. */
export function zoomSlider(palette: Palette, range: readonly [number, number], xAxisIndex: number[]) {
  return [
    {
      type: "slider",
      xAxisIndex,
      startValue: range[0] - 0.5,
      endValue: range[1] + 0.5,
      minValueSpan: 4,
      height: 18,
      bottom: 2,
      brushSelect: false,
      showDetail: false,
      borderColor: palette.line,
      fillerColor: `${palette.realised}22`,
      handleStyle: { color: palette.ground, borderColor: palette.muted },
      moveHandleSize: 4,
      dataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } },
      selectedDataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } },
    },
  ];
}
