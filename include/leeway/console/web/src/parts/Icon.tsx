/** Icons are drawn on a 16 by 16 grid in the colour of the text around them; the word beside them says what they mean. */
const SHAPES = {
  stop: "M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2zM5 8h6",
  clock: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM8 4.5V8l2.5 1.5",
  cross: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6",
  flag: "M3.5 14.5v-13M3.5 2.5h8.5l-2 3 2 3H3.5",
  hand: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM6.2 6.2c0-2.4 3.8-2.4 3.8 0 0 1.5-1.9 1.6-1.9 3.1M8.1 11.4v.2",
  turn: "M13.5 8A5.5 5.5 0 0 1 3.4 11M2.5 8A5.5 5.5 0 0 1 12.6 5M12.8 2v3.2H9.6M3.2 14v-3.2h3.2",
  pause: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM6.3 5.5v5M9.7 5.5v5",
  seed: "M8 14.5V7M8 9C4.5 9 2.8 7 2.8 3.8 6.3 3.8 8 5.8 8 9zM8 7.5c0-2.8 1.5-4.7 5-4.7 0 3.2-1.8 4.9-5 4.9",
  end: "M3 8h10M3 4v8M13 4v8",
  check: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM5 8.2l2.1 2.1L11 6.2",
  warn: "M8 2 1.5 13.5h13zM8 6.5v3.2M8 11.6v.2",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  out: "M6.5 3.5h-3v9h9v-3M9 2.5h4.5V7M13.5 2.5 7.5 8.5",
  up: "M8 13V3M4 7l4-4 4 4",
  down: "M8 3v10M4 9l4 4 4-4",
  more: "M4 6l4 4 4-4",
  left: "M10 3 5 8l5 5",
  right: "M6 3l5 5-5 5",
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={SHAPES[name]} />
    </svg>
  );
}
