import type { Deletions } from "../app/deletions";
import { useStore } from "../app/store";
import { strings } from "../app/strings";
import { explainError } from "../app/words";
import "./toasts.css";

interface ToastsProps<T extends { id: number }> {
  deletions: Deletions<T>;
  name(item: T): string;
  /** What to say of it, where it is something else than deleted. */
  words?(item: T): typeof strings.deleting;
}

/** What was deleted a moment ago and can still be brought back. */
export function Toasts<T extends { id: number }>({
  deletions,
  name,
  words = () => strings.deleting,
}: ToastsProps<T>) {
  const shown = useStore(deletions.state);
  return (
    <ul className="toasts" aria-live="polite">
      {shown.map(({ item, state, error }) => (
        <li key={item.id} className="toast">
          {state === "undoable" ? (
            <>
              <span>{words(item).removed(name(item))}</span>
              <button type="button" className="button quiet" onClick={() => deletions.undo(item)}>
                {words(item).undo}
              </button>
            </>
          ) : (
            <>
              <span>
                {words(item).notRemoved(name(item))}. {explainError(error)}
              </span>
              <button type="button" className="button quiet" onClick={() => deletions.delete(item)}>
                {strings.retry}
              </button>
              <button type="button" className="button quiet" onClick={() => deletions.undo(item)}>
                {strings.close}
              </button>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
