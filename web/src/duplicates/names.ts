import type { DuplicateGroup, DuplicateTrack } from "../api/client";
import { strings } from "../app/strings";
import { number } from "../status/number";
import type { Change } from "./changes";
import type { Changed } from "./useChanges";

const text = strings.duplicates;
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** What sort of file it is: "MP3 · 320 kbit/s". */
export function sortOf({ format, bit_rate }: DuplicateTrack): string {
  const rate = bit_rate === null ? [] : [text.rate(number(bit_rate / 1000, 0))];
  return [format?.toUpperCase() ?? text.unknownSort, ...rate].join(" · ");
}

/** What tells a file from the others of its group. */
export function nameOf(track: DuplicateTrack): string {
  return track.file ? placeOf(track.file).name : text.upload(track.title, sortOf(track));
}

/** A file's name, and the folder that it lies in, on whichever system. */
export function placeOf(file: string): { name: string; folder: string } {
  const [, folder = "", name = file] = /^(.*[/\\])?([^/\\]+)$/.exec(file) ?? [];
  return { name, folder };
}

export function nameOfChange({ kind, title, tracks: [first, ...others] }: Change): string {
  if (kind === "apart" || !first) return title;
  return others.length ? text.some(others.length + 1, title) : nameOf(first);
}

export function dateOf({ added_at }: DuplicateTrack): string {
  return DATE.format(new Date(added_at));
}

/** In per cent, never rounded up to all. */
export function alike({ similarity }: DuplicateTrack): string {
  return text.alike(`${Math.floor(100 * similarity + 1e-6)} %`);
}

/** The tracks that have not been removed. */
export function remaining({ tracks }: DuplicateGroup, { gone }: Changed): DuplicateTrack[] {
  return tracks.filter(({ id }) => !gone.has(id));
}

/** Whether nothing is left to decide. */
export function isSettled(group: DuplicateGroup, changed: Changed): boolean {
  return changed.apart.has(group.id) || remaining(group, changed).length < 2;
}
