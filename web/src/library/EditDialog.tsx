import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { api, type Track, type TrackPatch } from "../api/client";
import { strings } from "../app/strings";
import { explainError } from "../app/words";
import { Links } from "../ui/Links";

const text = strings.library.editing;
const DATE = /^\d{4}(-\d{2}(-\d{2})?)?$/;
const ISRC = /^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$/;

interface EditDialogProps {
  track: Track;
  saved(track: Track): void;
  close(): void;
}

type Field = "title" | "artists" | "album" | "release_date" | "genres" | "isrc";
type Values = Record<Field, string>;
type Faults = Partial<Record<Field, string>>;

/** Change what a track is called. */
export function EditDialog({ track, saved, close }: EditDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [values, setValues] = useState(() => toValues(track));
  const [faults, setFaults] = useState<Faults>({});
  const [failed, setFailed] = useState("");
  const [busy, setBusy] = useState(false);

  useEffect(() => dialog.current?.showModal(), []);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const found = check(values);
    setFaults(found);
    setFailed("");
    const wrong = Object.keys(found)[0];
    if (wrong) {
      dialog.current?.querySelector<HTMLInputElement>(`[name=${wrong}]`)?.focus();
      return;
    }
    setBusy(true);
    try {
      saved(await api.edit(track.id, toPatch(values, toValues(track))));
      dialog.current?.close();
    } catch (error) {
      setFailed(explainError(error));
      setBusy(false);
    }
  };

  const field = (name: Field, label: string, hint?: string) => (
    <TextField
      name={name}
      label={label}
      value={values[name]}
      fault={faults[name]}
      hint={hint}
      change={(value) => setValues({ ...values, [name]: value })}
    />
  );
  return (
    <dialog ref={dialog} className="edit" aria-label={text.title} onClose={close}>
      <form onSubmit={(event) => void save(event)} noValidate>
        <h2>{text.title}</h2>
        {field("title", text.name)}
        {field("artists", text.artists, text.separated)}
        {field("album", text.album)}
        <div className="pair">
          {field("release_date", text.released, text.releasedHint)}
          {field("genres", text.genres)}
        </div>
        {field("isrc", text.isrc, text.isrcHint)}
        {track.file && (
          <p className="small muted path">
            {text.file}: {track.file}
          </p>
        )}
        <p className="small links">
          <Links of={track} />
        </p>
        {failed && (
          <p className="small fault" role="alert">
            {failed}
          </p>
        )}
        <div className="actions">
          <button type="button" className="button quiet" onClick={() => dialog.current?.close()}>
            {text.cancel}
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {text.save}
          </button>
        </div>
      </form>
    </dialog>
  );
}

interface TextFieldProps {
  name: string;
  label: string;
  value: string;
  hint: string | undefined;
  fault: string | undefined;
  change(value: string): void;
}

function TextField({ name, label, value, hint, fault, change }: TextFieldProps): ReactNode {
  const id = useId();
  const said = fault ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        value={value}
        autoComplete="off"
        aria-invalid={fault !== undefined}
        aria-describedby={said && `${id}-said`}
        onChange={({ target }) => change(target.value)}
      />
      {said && (
        <span id={`${id}-said`} className={fault ? "fault" : "hint"}>
          {said}
        </span>
      )}
    </div>
  );
}

function toValues(track: Track): Values {
  return {
    title: track.title,
    artists: track.artists.map(({ name }) => name).join("; "),
    album: track.album?.name ?? "",
    release_date: track.release_date ?? "",
    genres: track.genres.map(({ name }) => name).join("; "),
    isrc: (track.external_ids.isrc ?? []).join("; "),
  };
}

function list(value: string): string[] {
  return value
    .split(";")
    .map((part) => part.trim())
    .filter(Boolean);
}

function codes(value: string): string[] {
  return list(value).map((code) => code.replaceAll("-", "").toUpperCase());
}

function check({ title, release_date, isrc }: Values): Faults {
  return {
    ...(!title.trim() && { title: text.needsTitle }),
    ...(release_date.trim() && !DATE.test(release_date.trim()) && { release_date: text.badDate }),
    ...(codes(isrc).some((code) => !ISRC.test(code)) && { isrc: text.badIsrc }),
  };
}

/** Only what was changed: nobody else's edit is undone by this one. */
function toPatch(values: Values, before: Values): TrackPatch {
  const all: Required<Pick<TrackPatch, Field>> = {
    title: values.title.trim(),
    artists: list(values.artists),
    album: values.album.trim() || null,
    release_date: values.release_date.trim() || null,
    genres: list(values.genres),
    isrc: codes(values.isrc),
  };
  const changed = (Object.keys(before) as Field[]).filter((name) => values[name] !== before[name]);
  return Object.fromEntries(changed.map((name) => [name, all[name]])) as TrackPatch;
}
