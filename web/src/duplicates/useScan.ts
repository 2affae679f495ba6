import { useEffect, useState } from "react";
import { api, type Job } from "../api/client";
import { follow } from "../api/following";

export interface Scan {
  running: boolean;
  /** What compares the tracks now, or did last; null where nothing is known of it. */
  job: Job | null;
  fault: unknown;
  look(): void;
  cancel(): void;
}

/**
 * Has tracks compared, and follows how far that is.
 *
 * `current` is the job that the server says is at it, `ended` is called after its end.
 */
export function useScan(current: number | null, ended: () => void): Scan {
  const [id, setId] = useState<number | null>(null);
  const [job, setJob] = useState<Job | null>(null);
  const [starting, setStarting] = useState(false);
  const [fault, setFault] = useState<unknown>(null);

  useEffect(() => {
    if (current !== null) setId(current);
  }, [current]);

  useEffect(() => {
    if (id === null) return;
    const stop = new AbortController();
    const leave = () => {
      setId(null);
      ended();
    };
    follow(id, setJob, stop.signal).then(leave, (error: unknown) => {
      if (stop.signal.aborted) return;
      setFault(error);
      leave();
    });
    return () => stop.abort();
  }, [id, ended]);

  const attempt = async (act: () => Promise<void>) => {
    setFault(null);
    try {
      await act();
    } catch (error) {
      setFault(error);
    }
  };
  const look = async () => {
    if (starting) return;
    setStarting(true);
    await attempt(async () => {
      const job = await api.findDuplicates();
      setJob(job);
      setId(job.id);
    });
    setStarting(false);
  };
  return {
    running: id !== null,
    job,
    fault,
    look: () => void look(),
    cancel: () => {
      // Whoever follows it hears of its end.
      if (id !== null) void attempt(async () => void (await api.cancelJob(id)));
    },
  };
}
