import { ApiError } from "../api/client";
import { Store } from "./store";

export const UNDO_MS = 8000;

interface Deletable {
  id: number;
}

export interface Deletion<T extends Deletable> {
  item: T;
  state: "undoable" | "failed";
  error: unknown;
}

/** What is about to be deleted: the server is told when there is no going back. */
export class Deletions<T extends Deletable> {
  readonly state = new Store<readonly Deletion<T>[]>([]);
  private readonly timers = new Map<number, ReturnType<typeof setTimeout>>();
  private readonly done = new Set<(item: T) => void>();

  constructor(private readonly remove: (item: T) => Promise<unknown>) {
    addEventListener("pagehide", () => this.flush());
  }

  /** Call `done` after each item that is really gone. */
  onDone(done: (item: T) => void): () => void {
    this.done.add(done);
    return () => this.done.delete(done);
  }

  delete(item: T): void {
    this.drop(item.id);
    this.state.set([...this.state.get(), { item, state: "undoable", error: null }]);
    this.timers.set(
      item.id,
      setTimeout(() => void this.carryOut(item), UNDO_MS),
    );
  }

  undo(item: T): void {
    clearTimeout(this.timers.get(item.id));
    this.timers.delete(item.id);
    this.drop(item.id);
  }

  /** The page is being left: what was asked for is done now. */
  flush(): void {
    for (const { item, state } of this.state.get()) {
      if (state === "undoable" && this.timers.has(item.id)) void this.carryOut(item);
    }
  }

  private async carryOut(item: T): Promise<void> {
    clearTimeout(this.timers.get(item.id));
    this.timers.delete(item.id);
    try {
      await this.remove(item);
    } catch (error) {
      // Someone else was faster: it is gone all the same.
      if (!(error instanceof ApiError && error.code === "not_found")) {
        this.drop(item.id);
        this.state.set([...this.state.get(), { item, state: "failed", error }]);
        return;
      }
    }
    for (const done of this.done) done(item);
    this.drop(item.id);
  }

  private drop(id: number): void {
    this.state.set(this.state.get().filter(({ item }) => item.id !== id));
  }
}
