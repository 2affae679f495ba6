import { memo } from "react";
import { UNREACHABLE } from "../api/client";
import { bytes } from "../app/format";
import { useStore } from "../app/store";
import { strings } from "../app/strings";
import { sentence } from "../app/words";
import { Icon } from "../ui/Icon";
import { Meter } from "../ui/Meter";
import { isUnderWay, shareOf, type Upload, type UploadState, uploads } from "./uploads";

const text = strings.library.upload;
const SHOWN = 100;
// What needs a person comes first, then what moves.
const ORDER: UploadState[] = [
  "failed",
  "adding",
  "sending",
  "waiting",
  "added",
  "known",
  "cancelled",
];

/** Files on their way into the library. */
export function UploadList() {
  const all = useStore(uploads.state);
  if (!all.length) return null;
  const by = (wanted: UploadState) => all.filter(({ state }) => state === wanted);
  const failed = by("failed");
  const underWay = all.filter(({ state }) => isUnderWay(state));
  const shown = ORDER.flatMap(by).slice(0, SHOWN);
  const share = all.reduce((sum, upload) => sum + shareOf(upload), 0) / all.length;
  return (
    <section className="uploads" aria-label={text.label}>
      <header>
        <p role="status">
          {underWay.length
            ? text.title(all.length - underWay.length, all.length)
            : text.finished({
                added: by("added").length,
                known: by("known").length,
                failed: failed.length,
                cancelled: by("cancelled").length,
              })}
        </p>
        {failed.length > 0 && (
          <button type="button" className="button" onClick={() => uploads.retry(ids(failed))}>
            <Icon name="retry" />
            {text.retryAll}
          </button>
        )}
        {underWay.length > 0 ? (
          <button type="button" className="button" onClick={() => uploads.cancel(ids(underWay))}>
            {text.cancelAll}
          </button>
        ) : (
          <button
            type="button"
            className="icon-button"
            aria-label={text.dismiss}
            onClick={() => uploads.clear()}
          >
            <Icon name="close" />
          </button>
        )}
      </header>
      <Meter share={share} tone="teal" />
      <ul>
        {shown.map((upload) => (
          <Line key={upload.id} upload={upload} />
        ))}
        {all.length > SHOWN && <li className="small muted">{text.more(all.length - SHOWN)}</li>}
      </ul>
    </section>
  );
}

const Line = memo(function Line({ upload }: { upload: Upload }) {
  const { id, file, state, sent, job, error } = upload;
  return (
    <li className={state}>
      <span className="name">{file.name}</span>
      <span className="small muted">{words(upload)}</span>
      {state === "sending" && <Meter share={sent} />}
      {state === "adding" && <Meter share={(job?.progress ?? 0) / 100} tone="teal" />}
      {error && <span className="why small">{reason(error, file.name)}</span>}
      {isUnderWay(state) && (
        <button
          type="button"
          className="icon-button"
          aria-label={text.cancel(file.name)}
          onClick={() => uploads.cancel([id])}
        >
          <Icon name="close" />
        </button>
      )}
      {(state === "failed" || state === "cancelled") && (
        <button
          type="button"
          className="icon-button"
          aria-label={text.retry(file.name)}
          onClick={() => uploads.retry([id])}
        >
          <Icon name="retry" />
        </button>
      )}
    </li>
  );
});

function ids(some: readonly Upload[]): number[] {
  return some.map(({ id }) => id);
}

function words({ state, held, sent, file, job }: Upload): string {
  if (held) return text.held;
  if (state === "sending") return text.sending(bytes(sent * file.size), bytes(file.size));
  if (state !== "adding") return text[state];
  if (job?.state === "queued") return text.queued;
  return text.adding(capital(job?.message ?? text.begun), job?.progress ?? 0);
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function reason({ code, message }: { code: string; message: string }, name: string): string {
  if (code === UNREACHABLE) return text.lost;
  // The server's message begins with the name that stands beside it.
  return sentence(message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message);
}
