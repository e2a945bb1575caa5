import { useMemo, useSyncExternalStore } from "react";

/** Colours of charts: those of text and lines are Airflow's, those of data are told apart also by the colour-blind. */
export interface Palette {
  text: string;
  muted: string;
  line: string;
  ground: string;
  realised: string;
  estimated: string;
  good: string;
  warn: string;
  bad: string;
  calm: string;
  /** From no effect to far above the threshold. */
  scale: string[];
  /** Fills behind champions that follow one another. */
  spans: string[];
  series: string[];
}

const DATA = {
  light: {
    realised: "#1d4ed8",
    estimated: "#b45309",
    good: "#15803d",
    warn: "#b45309",
    bad: "#b91c1c",
    calm: "#64748b",
    scale: ["#f1f5f9", "#fde68a", "#f59e0b", "#b45309", "#7c2d12"],
    spans: ["#dbeafe8c", "#ede9fe8c", "#dcfce78c", "#fef3c78c", "#fce7f38c", "#cffafe8c"],
    series: ["#1d4ed8", "#b45309", "#0f766e", "#9333ea", "#be123c", "#4d7c0f", "#0369a1", "#a16207"],
  },
  dark: {
    realised: "#60a5fa",
    estimated: "#fbbf24",
    good: "#4ade80",
    warn: "#fbbf24",
    bad: "#f87171",
    calm: "#94a3b8",
    scale: ["#1e293b", "#78350f", "#b45309", "#f59e0b", "#fde68a"],
    spans: ["#1e3a5f66", "#3b2f6366", "#17452b66", "#4a3a1266", "#4d234066", "#134a5266"],
    series: ["#60a5fa", "#fbbf24", "#2dd4bf", "#c084fc", "#fb7185", "#a3e635", "#38bdf8", "#facc15"],
  },
} as const;

type Mode = keyof typeof DATA;

/** The colours of now; they change when Airflow goes from light to dark. */
export function usePalette(): Palette {
  const mode = useSyncExternalStore(watchMode, currentMode);
  return useMemo(() => paletteOf(mode), [mode]);
}

function watchMode(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  return () => observer.disconnect();
}

function currentMode(): Mode {
  return document.documentElement.classList.contains("dark") ? "dark" : "light";
}

function paletteOf(mode: Mode): Palette {
  const dark = mode === "dark";
  const { scale, spans, series, ...single } = DATA[mode];
  return {
    ...single,
    text: airflows("fg", dark ? "#f4f4f5" : "#18181b"),
    muted: airflows("fg-muted", dark ? "#a1a1aa" : "#52525b"),
    line: airflows("border", dark ? "#3f3f46" : "#e4e4e7"),
    ground: airflows("bg", dark ? "#111111" : "#ffffff"),
    scale: [...scale],
    spans: [...spans],
    series: [...series],
  };
}

/** One of Airflow's colours as `rgb(...)`: it spells them in ways that ECharts does not read, so a canvas translates. */
function airflows(name: string, otherwise: string): string {
  const value = getComputedStyle(document.documentElement).getPropertyValue(`--chakra-colors-${name}`).trim();
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!context || !CSS.supports("color", value)) return otherwise;
  context.fillStyle = value;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}
