import { useCallback, useEffect, useState } from "react";
import { api, type DayCount, type Heard, type HistoryQuery, type TopTrack } from "../api/client";
import { beginning, type Period, timeZone } from "./period";

const PAGE = 50;
const TOP = 5;

export interface Choice {
  period: Period;
  shown: "all" | "matched" | "unmatched";
}

export interface Past {
  heard: readonly Heard[];
  total: number;
  next: string | null;
  top: readonly TopTrack[];
  days: readonly DayCount[];
  /** The choice that all this is about. */
  choice: Choice;
}

interface History {
  /** Null while nothing is known. */
  past: Past | null;
  fault: unknown;
  loadingMore: boolean;
  more(): void;
  reload(): void;
}

/** What was recognised in a time, page by page. What is shown stays until the answer is there. */
export function useHistory({ period, shown }: Choice): History {
  const [past, setPast] = useState<Past | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [loadingMore, setLoadingMore] = useState(false);
  const [version, setVersion] = useState(0);

  useEffect(() => {
    void version;
    const stop = new AbortController();
    const load = async () => {
      const span = toQuery({ period, shown: "all" });
      try {
        const [page, top, days] = await Promise.all([
          api.history({ ...toQuery({ period, shown }), limit: PAGE }, stop.signal),
          api.topTracks({ ...span, limit: TOP }, stop.signal),
          api.days({ ...span, tz: timeZone() }, stop.signal),
        ]);
        const { history: heard, total, next } = page;
        setPast({ heard, total, next, top, days, choice: { period, shown } });
        setFault(null);
      } catch (error) {
        if (!stop.signal.aborted) setFault(error);
      }
    };
    void load();
    return () => stop.abort();
  }, [period, shown, version]);

  const more = async () => {
    if (!past?.next || loadingMore) return;
    setLoadingMore(true);
    try {
      const query = { ...toQuery(past.choice), limit: PAGE, after: past.next };
      const { history, next } = await api.history(query);
      // Another choice may have been made meanwhile.
      setPast((now) =>
        now === past ? { ...past, heard: [...past.heard, ...history], next } : now,
      );
    } catch (error) {
      setFault(error);
    }
    setLoadingMore(false);
  };

  return {
    past,
    fault,
    loadingMore,
    more: () => void more(),
    reload: useCallback(() => {
      setFault(null);
      setVersion((n) => n + 1);
    }, []),
  };
}

function toQuery({ period, shown }: Choice): HistoryQuery {
  const from = beginning(period);
  return {
    ...(from && { from: from.toISOString() }),
    ...(shown !== "all" && { matched: shown === "matched" }),
  };
}
