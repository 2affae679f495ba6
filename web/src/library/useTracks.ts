import { useCallback, useEffect, useRef, useState } from "react";
import { api, type Highlights, type Track, type TrackQuery } from "../api/client";

const PAGE = 100;

export type Selection = Omit<TrackQuery, "limit" | "offset" | "after">;

interface Tracks {
  /** Null while nothing is known. */
  total: number | null;
  fault: unknown;
  at(index: number): Track | undefined;
  /** What the search found in the track at `index`. */
  marksAt(index: number): Highlights | undefined;
  /** Ask for the rows from `first` up to `last`. */
  want(first: number, last: number): void;
  /** Put an edited track in the place of its former self. */
  replace(track: Track): void;
  reload(): void;
}

/** Any stretch of a selection of any length, fetched as it is looked at. */
export function useTracks(selection: Selection): Tracks {
  const key = JSON.stringify(selection);
  const [version, setVersion] = useState(0);
  const [total, setTotal] = useState<number | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [, redraw] = useState(0);
  const pages = useRef(new Map<number, Track[] | null>());
  const marks = useRef(new Map<number, Highlights[]>());
  const stop = useRef(new AbortController());

  const fetchPage = useCallback(
    async (page: number) => {
      const { signal } = stop.current;
      pages.current.set(page, pages.current.get(page) ?? null);
      try {
        const query = { ...(JSON.parse(key) as Selection), limit: PAGE, offset: page * PAGE };
        const answer = await api.tracks(query, signal);
        if (signal.aborted) return;
        pages.current.set(page, answer.tracks);
        marks.current.set(page, answer.highlights ?? []);
        setTotal(answer.total);
        setFault(null);
      } catch (error) {
        if (signal.aborted) return;
        pages.current.delete(page);
        setFault(error);
      }
      redraw((n) => n + 1);
    },
    [key],
  );

  // A new selection, or a library that has changed: what is shown stays until the answer is there.
  useEffect(() => {
    void version;
    stop.current.abort();
    stop.current = new AbortController();
    const before = pages.current;
    pages.current = new Map();
    marks.current = new Map([...marks.current].filter(([page]) => page === 0));
    const first = before.get(0);
    if (first) pages.current.set(0, first);
    void fetchPage(0);
    return () => stop.current.abort();
  }, [fetchPage, version]);

  return {
    total,
    fault,
    at: (index) => pages.current.get(Math.floor(index / PAGE))?.[index % PAGE],
    marksAt: (index) => marks.current.get(Math.floor(index / PAGE))?.[index % PAGE],
    want(first, last) {
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) {
        if (!pages.current.has(page) && fault === null) void fetchPage(page);
      }
    },
    replace(track) {
      for (const page of pages.current.values()) {
        const at = page?.findIndex(({ id }) => id === track.id) ?? -1;
        if (page && at >= 0) page[at] = track;
      }
      redraw((n) => n + 1);
    },
    reload: useCallback(() => {
      setFault(null);
      setVersion((n) => n + 1);
    }, []),
  };
}
