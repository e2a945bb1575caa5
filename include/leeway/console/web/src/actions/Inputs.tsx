import type { Model } from "../api/contract";
import type { Field, Values } from "./fields";

interface Props {
  fields: readonly Field[];
  model: Model;
  values: Values;
  change: (name: string, value: string) => void;
}

export function Inputs({ fields, model, values, change }: Props) {
  return fields
    .filter((field) => field.kind !== "fixed")
    .map((field) => (
      // biome-ignore lint/a11y/noLabelWithoutControl: the control is inside, in a component
      <label key={field.name} className="input">
        <span>
          {field.label}
          {!field.required && field.kind !== "choice" && <span className="muted"> (optional)</span>}
        </span>
        <Control
          field={field}
          model={model}
          value={values[field.name] ?? ""}
          change={(value) => change(field.name, value)}
        />
        {field.help && <small>{field.help}</small>}
      </label>
    ));
}

interface ControlProps {
  field: Field;
  model: Model;
  value: string;
  change: (value: string) => void;
}

function Control({ field, model, value, change }: ControlProps) {
  if (field.options) {
    return (
      <select value={value} onChange={(event) => change(event.target.value)}>
        {field.options(model).map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    );
  }
  if (field.kind === "text" || field.kind === "lines") {
    return (
      <textarea rows={2} required={field.required} value={value} onChange={(event) => change(event.target.value)} />
    );
  }
  return (
    <input
      type={field.kind === "date" ? "date" : "text"}
      required={field.required}
      value={value}
      onChange={(event) => change(event.target.value)}
    />
  );
}
