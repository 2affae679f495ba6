import { strings } from "../app/strings";
import { explainError } from "../app/words";
import { Note } from "./Note";

interface FailedProps {
  title: string;
  fault: unknown;
  retry(): void;
}

/** Stands where content could not be read: why, and to try again. */
export function Failed({ title, fault, retry }: FailedProps) {
  return (
    <Note title={title} text={explainError(fault)}>
      <button type="button" className="button primary" onClick={retry}>
        {strings.retry}
      </button>
    </Note>
  );
}
