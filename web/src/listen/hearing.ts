import type { Match } from "../api/client";
import type { Advice } from "../audio/advice";
import type { Source } from "../audio/capture";

/** Something that was heard, and what came of it. */
export interface Hearing {
  id: string;
  /** What was heard, as a file. */
  clip: Blob;
  name: string;
  origin: Source | "file";
  match: Match | null;
  advice: Advice | null;
  /** On the clock of `performance`: when the track was at `play_offset_ms`. Null if it has ended. */
  playingAt: number | null;
}

const KEPT = 20;
const kept = new Map<string, Hearing>();

/** Keep a hearing for as long as this page is open. */
export function keep(hearing: Hearing): Hearing {
  kept.set(hearing.id, hearing);
  for (const id of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(id);
  }
  return hearing;
}

export function hearingOf(id: string): Hearing | undefined {
  return kept.get(id);
}

/** Where the track is at a moment, in milliseconds; it ends with the track. */
export function positionAt(hearing: Hearing, now: number): number {
  const { match, playingAt } = hearing;
  if (!match) return 0;
  const passed = playingAt === null ? 0 : Math.max(0, now - playingAt) * (1 + match.time_skew);
  return Math.min(match.duration_ms, match.play_offset_ms + passed);
}
