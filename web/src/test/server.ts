import { vi } from "vitest";
import type { DuplicatePage, DuplicateTrack, Job, Match, Queue, Stats, Track } from "../api/client";

export interface Request {
  method: string;
  path: string;
  query: URLSearchParams;
  body: string;
  headers: Headers;
}

type Answer = object | ((request: Request) => object);

/** Stands for a server: answers by method and path, and remembers what it was asked. */
export function serve(answers: Record<string, Answer>): Request[] {
  const asked: Request[] = [];
  vi.stubGlobal("fetch", async (input: globalThis.Request) => {
    const { pathname, searchParams } = new URL(input.url);
    const multipart = input.headers.get("content-type")?.startsWith("multipart/");
    const request: Request = {
      method: input.method,
      path: pathname,
      query: searchParams,
      body: multipart ? "" : await input.text(),
      headers: input.headers,
    };
    asked.push(request);
    const answer = answers[`${request.method} ${pathname}`];
    if (!answer) return failure(404, "not_found", `there is nothing at ${pathname}`);
    const content = typeof answer === "function" ? answer(request) : answer;
    return content instanceof Response ? content.clone() : Response.json(content);
  });
  return asked;
}

export function failure(status: number, code: string, message: string, retryAfterMs?: number) {
  const error = { code, message, retry_after_ms: retryAfterMs ?? null };
  return Response.json({ status: "error", error }, { status });
}

export function track(id: number, part: Partial<Track> = {}): Track {
  return {
    id,
    title: `Track ${id}`,
    artists: [{ name: "The Tide Clocks" }],
    album: { name: "Low Water" },
    release_date: "1992-04-07",
    duration_ms: 232_000,
    genres: [{ name: "Folk" }],
    label: null,
    external_ids: {
      isrc: [],
      musicbrainz_recording: [],
      musicbrainz_release: [],
      musicbrainz_artist: [],
    },
    external_metadata: {},
    artwork_url: null,
    file: `${id}.flac`,
    album_artist: null,
    track_number: null,
    disc_number: null,
    added_at: "2026-01-31T12:00:00Z",
    ...part,
  };
}

export function copy(id: number, part: Partial<DuplicateTrack> = {}): DuplicateTrack {
  return { ...track(id), format: "mp3", bit_rate: 128_000, similarity: 0.97, ...part };
}

/** A page of groups, each of so many copies; the first are lossless. */
export function duplicates(
  sizes: readonly number[],
  part: Partial<DuplicatePage> = {},
  first = 1,
): DuplicatePage {
  let id = first;
  const groups = sizes.map((size) => {
    const title = `Track ${id}`;
    const best: Partial<DuplicateTrack> = { format: "flac", bit_rate: 912_000 };
    const tracks = Array.from({ length: size }, (_, n) =>
      copy(id + n, n ? { title, file: `/music/${id + n}.mp3` } : best),
    );
    id += size;
    return { id: tracks.map(({ id }) => id).join("-"), tracks };
  });
  const state = { scanned_at: new Date().toISOString(), waiting: 0, job_id: null };
  return { status: "ok", groups, total: groups.length, next: null, ...state, ...part };
}

export function match(id: number, part: Partial<Match> = {}): Match {
  const { added_at: _, ...rest } = track(id);
  return {
    ...rest,
    score: 0.9998,
    play_offset_ms: 107_000,
    sample_begin_time_offset_ms: 0,
    sample_end_time_offset_ms: 5000,
    db_begin_time_offset_ms: 102_000,
    db_end_time_offset_ms: 107_000,
    time_skew: 0,
    frequency_skew: 0,
    matched_landmarks: 131,
    ...part,
  };
}

export function job(id: number, part: Partial<Job> = {}): Job {
  return {
    id,
    kind: "ingest",
    subject: `${id}.flac`,
    state: "queued",
    progress: 0,
    message: null,
    result: null,
    error: null,
    attempts: 0,
    created_at: "2026-01-31T12:00:00Z",
    updated_at: "2026-01-31T12:00:00Z",
    ...part,
  };
}

export function queue(part: Partial<Queue> = {}): Queue {
  return {
    status: "ok",
    jobs: { queued: 0, running: 0, done: 0, failed: 0, cancelled: 0 },
    waiting_since: null,
    workers: [],
    trouble: null,
    ...part,
  };
}

export function stats(part: Partial<Stats> = {}): Stats {
  return {
    status: "ok",
    version: "0.1.0",
    tracks: 15,
    duration_ms: 1_140_000,
    index: { segments: 2, postings: 84_397, tombstones: 0, bytes: 451_000 },
    fingerprint_bytes: 90_700,
    catalog_bytes: 1_900_000,
    streams: { active: 1, max: 32 },
    latency: { count: 40, p50_ms: 31, p95_ms: 84 },
    time_to_match: { count: 12, p50_ms: 1250, p95_ms: 3400 },
    cache: { hits: 90, misses: 10, failures: 0, hit_rate: 0.9 },
    ...part,
  };
}
