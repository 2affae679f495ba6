import { useStore } from "../app/store";
import { strings } from "../app/strings";
import { explainError } from "../app/words";
import { deletions } from "./deletions";

const text = strings.library;

/** What was deleted a moment ago and can still be brought back. */
export function Toasts() {
  const shown = useStore(deletions.state);
  return (
    <ul className="toasts" aria-live="polite">
      {shown.map(({ track, state, error }) => (
        <li key={track.id} className="toast">
          {state === "undoable" ? (
            <>
              <span>{text.removed(track.title)}</span>
              <button type="button" className="button quiet" onClick={() => deletions.undo(track)}>
                {text.undo}
              </button>
            </>
          ) : (
            <>
              <span>
                {text.notRemoved(track.title)}. {explainError(error)}
              </span>
              <button
                type="button"
                className="button quiet"
                onClick={() => deletions.delete(track)}
              >
                {strings.retry}
              </button>
              <button type="button" className="button quiet" onClick={() => deletions.undo(track)}>
                {strings.close}
              </button>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
