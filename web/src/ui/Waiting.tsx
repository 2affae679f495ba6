import { strings } from "../app/strings";

/** Something is on its way. */
export function Waiting({ text = strings.loading }: { text?: string }) {
  return (
    <div className="note" role="status">
      <span className="spinner" />
      <p>{text}</p>
    </div>
  );
}
