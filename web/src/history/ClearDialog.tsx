import { useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { strings } from "../app/strings";
import { explainError } from "../app/words";

const text = strings.history.clearing;

interface ClearDialogProps {
  cleared(): void;
  close(): void;
}

/** Asks before the whole history is deleted. */
export function ClearDialog({ cleared, close }: ClearDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState("");
  const [total, setTotal] = useState<number | null>(null);
  useEffect(() => {
    dialog.current?.showModal();
    // What is shown may be a part of it. Without the number the question is still a good one.
    api.history({ limit: 1 }).then(
      ({ total }) => setTotal(total),
      () => {},
    );
  }, []);

  const clear = async () => {
    setBusy(true);
    try {
      await api.forgetAll();
      cleared();
      dialog.current?.close();
    } catch (error) {
      setFailed(`${text.failed} ${explainError(error)}`);
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} className="ask" aria-label={text.title} onClose={close}>
      <h2>{text.title}</h2>
      <p className="muted">{text.text(total)}</p>
      {failed && (
        <p className="small fault" role="alert">
          {failed}
        </p>
      )}
      <div className="actions">
        <button type="button" className="button quiet" onClick={() => dialog.current?.close()}>
          {text.cancel}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={busy}
          onClick={() => void clear()}
        >
          {text.confirm}
        </button>
      </div>
    </dialog>
  );
}
