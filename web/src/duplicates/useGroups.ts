import { useCallback, useEffect, useRef, useState } from "react";
import { api, type DuplicatePage } from "../api/client";

const PAGE = 50;
const MOST = 200; // that the server gives at once

interface Groups {
  /** All groups read so far, and how things stand; null while nothing is known. */
  page: DuplicatePage | null;
  fault: unknown;
  loadingMore: boolean;
  more(): void;
  /** Read again as much as is shown. */
  reload(): void;
}

/** Groups of duplicates, page by page. What is shown stays until the answer is there. */
export function useGroups(): Groups {
  const [page, setPage] = useState<DuplicatePage | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [loadingMore, setLoadingMore] = useState(false);
  const [version, setVersion] = useState(0);
  const shown = useRef(PAGE);

  useEffect(() => {
    void version;
    const stop = new AbortController();
    read(shown.current, stop.signal).then(
      (page) => {
        if (stop.signal.aborted) return;
        setPage(page);
        setFault(null);
      },
      (error: unknown) => !stop.signal.aborted && setFault(error),
    );
    return () => stop.abort();
  }, [version]);

  const more = async () => {
    if (page?.next == null || loadingMore) return;
    setLoadingMore(true);
    try {
      const further = await api.duplicates({ limit: PAGE, after: page.next });
      const groups = [...page.groups, ...further.groups];
      shown.current = groups.length;
      // It may have been read again meanwhile. The total stays: it counts what is shown as cleared.
      setPage((now) => (now === page ? { ...page, groups, next: further.next } : now));
    } catch (error) {
      setFault(error);
    }
    setLoadingMore(false);
  };

  return {
    page,
    fault,
    loadingMore,
    more: () => void more(),
    reload: useCallback(() => {
      setFault(null);
      setVersion((n) => n + 1);
    }, []),
  };
}

async function read(count: number, signal: AbortSignal): Promise<DuplicatePage> {
  let page = await api.duplicates({ limit: Math.min(count, MOST) }, signal);
  while (page.next !== null && page.groups.length < count) {
    const limit = Math.min(count - page.groups.length, MOST);
    const further = await api.duplicates({ limit, after: page.next }, signal);
    page = { ...further, groups: [...page.groups, ...further.groups] };
  }
  return page;
}
