import { type FormEvent, useEffect, useState } from "react";
import type { Action, Done, Model, Preview } from "../api/contract";
import { ApiError, act } from "../api/request";
import { useResource } from "../api/useResource";
import { Dialog } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import { DagRunLink } from "../parts/links";
import { Loaded, ProblemNotice } from "../parts/Notice";
import { Prose } from "../parts/Prose";
import { bodyOf, FIELDS, type Values } from "./fields";
import { Inputs } from "./Inputs";

interface Props {
  model: Model;
  action: Action;
  close: () => void;
  /** Something was done: what is known of the model is old now. */
  done: () => void;
}

/** Before anything happens: what will happen. After it: what did. */
export function ActionDialog({ model, action, close, done }: Props) {
  const [result, setResult] = useState<Done>();
  const finish = () => {
    if (result) done();
    close();
  };
  return (
    <Dialog heading={action.label} close={finish}>
      {result ? <Result result={result} close={finish} /> : <Confirmation {...{ model, action, close, setResult }} />}
    </Dialog>
  );
}

type ConfirmationProps = Omit<Props, "done"> & { setResult: (result: Done) => void };

function Confirmation({ model, action, close, setResult }: ConfirmationProps) {
  const fields = FIELDS[action.name];
  const path = `models/${model.model}/actions/${action.name}`;
  const [values, setValues] = useState<Values>(() =>
    Object.fromEntries(fields.map((field) => [field.name, field.start(model)])),
  );
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const settled = useSettled(values);
  const preview = useResource<Preview>(path, bodyOf(fields, settled), true);
  const missing = fields.some((field) => field.required && !values[field.name]?.trim());
  const current = settled === values && !preview.loading;

  const confirm = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      setResult(await act<Done>(path, bodyOf(fields, values)));
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      setError(problem);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={confirm}>
      <Inputs
        fields={fields}
        model={model}
        values={values}
        change={(name, value) => setValues({ ...values, [name]: value })}
      />
      <Loaded resource={preview} what="what will happen">
        {(found) => <WhatWillHappen preview={found} />}
      </Loaded>
      {error && <ProblemNotice problem={error.problem} />}
      <footer>
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="submit" className="primary" disabled={busy || missing || !current || !preview.data?.allowed}>
          {busy ? "Working" : (preview.data?.confirm ?? action.label)}
        </button>
      </footer>
    </form>
  );
}

/** What was typed, once the person pauses. */
function useSettled(values: Values): Values {
  const [settled, setSettled] = useState(values);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(values), 300);
    return () => clearTimeout(timer);
  }, [values]);
  return settled;
}

function WhatWillHappen({ preview }: { preview: Preview }) {
  return (
    <section aria-live="polite">
      <h3>{preview.title}</h3>
      {preview.sentence && (
        <p className="sentence">
          <Prose text={preview.sentence} />
        </p>
      )}
      {preview.consequences.length > 0 && (
        <ul>
          {preview.consequences.map((text) => (
            <li key={text}>
              <Prose text={text} />
            </li>
          ))}
        </ul>
      )}
      {preview.why_not && (
        <div className="notice tone-warn">
          <Icon name="warn" />
          <p>{preview.why_not}</p>
        </div>
      )}
    </section>
  );
}

function Result({ result, close }: { result: Done; close: () => void }) {
  return (
    <>
      <div className="notice tone-good" role="status">
        <Icon name="check" />
        <div>
          <p>{result.done}</p>
          {result.dag_run && (
            <p>
              <DagRunLink dag={result.dag_run.dag_id} run={result.dag_run.run_id}>
                See the DAG run
              </DagRunLink>
            </p>
          )}
        </div>
      </div>
      <footer>
        {/* biome-ignore lint/a11y/noAutofocus: the button that had the focus is gone */}
        <button type="button" className="primary" autoFocus onClick={close}>
          Close
        </button>
      </footer>
    </>
  );
}
