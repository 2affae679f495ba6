import { type FormEvent, useId, useState } from "react";
import { keepKey, storedKey } from "../api/key";
import { strings } from "./strings";

const text = strings.key;

/** Asks for the key that the server wants. */
export function KeyForm() {
  const id = useId();
  const [key, setKey] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim()) keepKey(key.trim());
  };
  return (
    <form className="note key" onSubmit={submit}>
      <h1>{text.title}</h1>
      <p>{storedKey() ? text.refused : text.text}</p>
      <div className="field">
        <label htmlFor={id}>{text.label}</label>
        <input
          id={id}
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          value={key}
          onChange={({ target }) => setKey(target.value)}
        />
        <span className="hint">
          <code>{text.command}</code> {text.hint}
        </span>
      </div>
      <div className="actions">
        <button type="submit" className="button primary">
          {text.use}
        </button>
      </div>
    </form>
  );
}
