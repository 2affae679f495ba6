import { useEffect, useState } from "react";
import { useStore } from "../app/store";
import { type Change, changes } from "./changes";

export interface Changed {
  /** Tracks that are removed, or about to be. */
  gone: ReadonlySet<number>;
  /** Groups whose tracks are said to differ. */
  apart: ReadonlySet<string>;
}

/** What has been changed since the page was opened: it stays where it was, so that nothing jumps. */
export function useChanges(): Changed {
  const asked = useStore(changes.state);
  const [done, setDone] = useState<readonly Change[]>([]);
  useEffect(() => changes.onDone((change) => setDone((before) => [...before, change])), []);
  // Whoever leaves can undo nothing any more.
  useEffect(() => () => changes.flush(), []);

  const undoable = asked.filter(({ state }) => state === "undoable").map(({ item }) => item);
  const all = [...done, ...undoable];
  const removed = all.filter(({ kind }) => kind === "removed");
  return {
    gone: new Set(removed.flatMap(({ tracks }) => tracks.map(({ id }) => id))),
    apart: new Set(all.filter(({ kind }) => kind === "apart").map(({ group }) => group)),
  };
}
