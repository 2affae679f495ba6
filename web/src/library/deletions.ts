import { ApiError, api, type Track } from "../api/client";
import { Store } from "../app/store";

export const UNDO_MS = 8000;

export interface Deletion {
  track: Track;
  state: "undoable" | "failed";
  error: unknown;
}

/** Tracks that are about to be deleted: the server is told when there is no going back. */
export class Deletions {
  readonly state = new Store<readonly Deletion[]>([]);
  private readonly timers = new Map<number, ReturnType<typeof setTimeout>>();
  private readonly done = new Set<() => void>();

  constructor() {
    addEventListener("pagehide", () => this.flush());
  }

  /** Call `done` after each track that is really gone. */
  onDone(done: () => void): () => void {
    this.done.add(done);
    return () => this.done.delete(done);
  }

  delete(track: Track): void {
    this.drop(track.id);
    this.state.set([...this.state.get(), { track, state: "undoable", error: null }]);
    this.timers.set(
      track.id,
      setTimeout(() => void this.carryOut(track), UNDO_MS),
    );
  }

  undo(track: Track): void {
    clearTimeout(this.timers.get(track.id));
    this.timers.delete(track.id);
    this.drop(track.id);
  }

  /** The page is being left: what was asked for is done now. */
  flush(): void {
    for (const { track, state } of this.state.get()) {
      if (state === "undoable" && this.timers.has(track.id)) void this.carryOut(track);
    }
  }

  private async carryOut(track: Track): Promise<void> {
    clearTimeout(this.timers.get(track.id));
    this.timers.delete(track.id);
    try {
      await api.remove(track.id);
    } catch (error) {
      // Someone else was faster: it is gone all the same.
      if (!(error instanceof ApiError && error.code === "not_found")) {
        this.drop(track.id);
        this.state.set([...this.state.get(), { track, state: "failed", error }]);
        return;
      }
    }
    for (const done of this.done) done();
    this.drop(track.id);
  }

  private drop(id: number): void {
    this.state.set(this.state.get().filter(({ track }) => track.id !== id));
  }
}

export const deletions = new Deletions();
