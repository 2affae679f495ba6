import { useEffect, useState } from "react";
import { api, type Stats } from "../api/client";
import { repeat } from "./repeat";

export const POLL_MS = 2000;
const KEPT = 150; // five minutes

/** One look at the server. Times are seconds since 1970, as charts want them. */
export interface Sample {
  at: number;
  answerMs: number | null;
  streams: number | null;
  /** Of recognising clips; null where there were none lately. */
  p50Ms: number | null;
  p95Ms: number | null;
}

export interface Polled {
  stats: Stats | null;
  ready: "unknown" | "ready" | "not-ready" | "away";
  reason: unknown;
  samples: readonly Sample[];
}

const NOTHING: Polled = { stats: null, ready: "unknown", reason: null, samples: [] };

/** Look at the server again and again for as long as the page is shown. */
export function usePolling(): Polled {
  const [polled, setPolled] = useState(NOTHING);
  useEffect(
    () =>
      repeat(async (ended) => {
        const began = performance.now();
        const [stats, health] = await Promise.allSettled([api.stats(), api.ready()]);
        if (ended()) return;
        const answered = stats.status === "fulfilled";
        const sample: Sample = {
          at: Date.now() / 1000,
          answerMs: answered ? performance.now() - began : null,
          streams: answered ? stats.value.streams.active : null,
          p50Ms: answered ? stats.value.latency.p50_ms : null,
          p95Ms: answered ? stats.value.latency.p95_ms : null,
        };
        setPolled((before) => ({
          stats: answered ? stats.value : before.stats,
          ready: !answered ? "away" : health.status === "fulfilled" ? "ready" : "not-ready",
          reason: health.status === "rejected" ? health.reason : null,
          samples: [...before.samples, sample].slice(-KEPT),
        }));
      }, POLL_MS),
    [],
  );
  return polled;
}
