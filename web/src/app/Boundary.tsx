import { Component, type ReactNode } from "react";
import { Note } from "../ui/Note";
import { strings } from "./strings";

interface State {
  failed: boolean;
}

/** Keeps the rest of the app alive when a page breaks, or cannot be loaded. */
export class Boundary extends Component<{ children: ReactNode }, State> {
  override state: State = { failed: false };

  static getDerivedStateFromError(): State {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Note whole title={strings.crash.title}>
        <button type="button" className="button primary" onClick={() => location.reload()}>
          {strings.crash.reload}
        </button>
      </Note>
    );
  }
}
