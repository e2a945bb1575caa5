/** How figures and names are spelled everywhere on the page. */

export const NOTHING = "–";

/** A figure of a metric: four digits after the point below 10, fewer above. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  const size = Math.abs(value);
  if (size !== 0 && size < 0.001) return value.toExponential(2);
  return value.toFixed(size < 10 ? 4 : size < 1000 ? 2 : 0);
}

/** Points of a metric with their sign: `+0.87`. */
export function points(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

export function percent(share: number | null | undefined, digits = 0): string {
  return share === null || share === undefined ? NOTHING : `${(100 * share).toFixed(digits)} %`;
}

export function count(number: number): string {
  return number.toLocaleString("en-US");
}

/** `1 window`, `2 windows` */
export function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** How likely by chance. */
export function chance(p: number | null): string {
  if (p === null) return NOTHING;
  return p < 1e-6 ? "< 0.000001" : p < 0.001 ? p.toExponential(1) : p.toFixed(3);
}

/** A length of time in its two largest units: `3 d 4 h`. */
export function length(seconds: number): string {
  const units: [string, number][] = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
  ];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return "0 s";
  const [name, size] = units[first] ?? ["s", 1];
  const [small, smaller] = units[first + 1] ?? ["", 0];
  const rest = smaller ? Math.floor((seconds % size) / smaller) : 0;
  return `${Math.floor(seconds / size)} ${name}${rest ? ` ${rest} ${small}` : ""}`;
}

/** A word of the API as people read it: `roll_back` is "roll back". */
export function spoken(word: string): string {
  return word.replaceAll("_", " ");
}

/** The same at the start of a line. */
export function title(word: string): string {
  const text = spoken(word);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
