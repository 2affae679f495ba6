import { ApiError, api, type DuplicateTrack } from "../api/client";
import { Deletions } from "../app/deletions";

/** What a person wants done to a group: some files out of it, or all known to differ. */
export interface Change {
  /** Of its first track, which no other change that can be undone has. */
  id: number;
  kind: "removed" | "apart";
  /** The group's id. */
  group: string;
  title: string;
  tracks: readonly DuplicateTrack[];
}

export const changes = new Deletions<Change>(({ kind, tracks }) => {
  const ids = tracks.map(({ id }) => id);
  return kind === "apart" ? api.notDuplicates(ids) : Promise.all(ids.map(remove));
});

/** One that is gone already must not keep the others. */
async function remove(id: number): Promise<void> {
  try {
    await api.remove(id);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === "not_found")) throw error;
  }
}
