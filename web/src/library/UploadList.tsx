import { UNREACHABLE } from "../api/client";
import { useStore } from "../app/store";
import { strings } from "../app/strings";
import { sentence } from "../app/words";
import { Icon } from "../ui/Icon";
import { Meter } from "../ui/Meter";
import { isUnderWay, type Upload, type UploadState, uploads } from "./uploads";

const text = strings.library.upload;
const SHOWN = 100;
// What needs a person comes first, then what moves.
const ORDER: UploadState[] = ["failed", "sending", "adding", "waiting", "added", "known"];

/** Files on their way into the library. */
export function UploadList() {
  const all = useStore(uploads.state);
  if (!all.length) return null;
  const failed = all.filter(({ state }) => state === "failed");
  const ended = all.filter(({ state }) => !isUnderWay(state));
  const added = all.filter(({ state }) => state === "added").length;
  const running = ended.length < all.length;
  const shown = all
    .toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
    .slice(0, SHOWN);
  return (
    <section className="uploads" aria-label={text.label}>
      <header>
        <p role="status">
          {running ? text.title(ended.length, all.length) : text.finished(added, failed.length)}
        </p>
        {failed.length > 0 && (
          <button
            type="button"
            className="button"
            onClick={() => uploads.retry(failed.map(({ id }) => id))}
          >
            <Icon name="retry" />
            {text.retryAll}
          </button>
        )}
        {!running && (
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
      <Meter share={ended.length / all.length} tone="teal" />
      <ul>
        {shown.map((upload) => (
          <Line key={upload.id} upload={upload} />
        ))}
      </ul>
    </section>
  );
}

function Line({ upload: { id, file, state, sent, error } }: { upload: Upload }) {
  return (
    <li className={state}>
      <span className="name">{file.name}</span>
      <span className="small muted">
        {state === "sending" ? `${text.sending} ${Math.round(100 * sent)} %` : text[state]}
      </span>
      {state === "sending" && <Meter share={sent} />}
      {error && (
        <span className="why small">
          {error.code === UNREACHABLE ? text.lost : reason(error.message, file.name)}
        </span>
      )}
      {state === "failed" && (
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
}

/** The server's message begins with the name that stands beside it. */
function reason(message: string, name: string): string {
  return sentence(message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message);
}
