import createClient from "openapi-fetch";
import { fetchWithKey, withKey } from "./key";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];
export type Track = Schemas["TrackOut"];
export type TrackPatch = Schemas["TrackPatch"];
export type Match = Schemas["MatchOut"];
export type Explanation = Schemas["ExplanationOut"];
export type Recognition = Schemas["RecognitionOut"];
export type Job = Schemas["JobOut"];
export type Provider = Schemas["ProviderOut"];
export type Queue = Schemas["QueueAnswer"];
export type Stats = Schemas["StatsAnswer"];
export type Genre = Schemas["GenreOut"];
type TrackPage = Schemas["TrackPage"];
export type Highlights = Schemas["HighlightsOut"];
export type Heard = Schemas["PastRecognition"];
export type DuplicateTrack = Schemas["DuplicateTrackOut"];
export type DuplicateGroup = Schemas["DuplicateGroupOut"];
export type DuplicatePage = Schemas["DuplicatePage"];
export type TopTrack = Schemas["TopTrackOut"];
export type DayCount = Schemas["DayOut"];
export type ErrorContent = Schemas["ErrorContent"];

/** A request that failed, in the server's own words where it had any. */
export class ApiError extends Error {
  readonly code: string;
  readonly retryAfterMs: number | null;

  constructor(error: ErrorContent) {
    super(error.message);
    this.code = error.code;
    this.retryAfterMs = error.retry_after_ms ?? null;
  }
}

/** Stands for a server that cannot be reached. */
export const UNREACHABLE = "unreachable";

const client = createClient<paths>({ baseUrl: location.origin, fetch: fetchWithKey });

interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response?: Response;
}

/** Wait for an answer and return its content; every failure becomes an `ApiError`. */
async function content<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError({ code: UNREACHABLE, message: String(cause) });
  });
  if (error !== undefined) throw toApiError(error, response?.status);
  return data as T;
}

/** Make an error of a failed answer's body, whatever it is. */
export function toApiError(body: unknown, status = 0): ApiError {
  const error = (body as { error?: ErrorContent } | null)?.error;
  if (error?.code) return new ApiError(error);
  // What stands in front of a server says so while that is away.
  const code = status >= 502 && status <= 504 ? UNREACHABLE : "internal";
  return new ApiError({ code, message: String(body) });
}

/** Whether the same request may be answered if it is sent again. */
export function mayPass({ code, retryAfterMs }: ApiError): boolean {
  return code === UNREACHABLE || retryAfterMs !== null;
}

export type TrackQuery = NonNullable<paths["/v1/tracks"]["get"]["parameters"]["query"]>;

export type HistoryQuery = Pick<
  NonNullable<paths["/v1/history"]["get"]["parameters"]["query"]>,
  "from" | "to" | "matched" | "source" | "limit"
>;

export const api = {
  tracks(query: TrackQuery, signal?: AbortSignal): Promise<TrackPage> {
    const answer = client.GET("/v1/tracks", { params: { query }, ...(signal && { signal }) });
    // The client takes tuples for arrays of any length.
    return content(answer as Promise<Answer<unknown>>) as Promise<TrackPage>;
  },

  genres: async () => (await content(client.GET("/v1/genres"))).genres,

  edit: async (id: number, patch: TrackPatch) =>
    (
      await content(
        client.PATCH("/v1/tracks/{track_id}", { params: { path: { track_id: id } }, body: patch }),
      )
    ).track,

  remove: (id: number) =>
    content(
      client.DELETE("/v1/tracks/{track_id}", {
        params: { path: { track_id: id } },
        keepalive: true, // also while the page is closing
      }),
    ),

  duplicates: (query: { limit: number; after?: number }, signal?: AbortSignal) =>
    content(client.GET("/v1/duplicates", { params: { query }, ...(signal && { signal }) })),

  findDuplicates: () => oneJob(client.POST("/v1/duplicates")),

  notDuplicates: (ids: readonly number[]) =>
    content(
      client.DELETE("/v1/duplicates/{group_id}", {
        params: { path: { group_id: ids.join("-") } },
        keepalive: true,
      }),
    ),

  queue: () => content(client.GET("/v1/queue")),

  async jobs(query: NonNullable<paths["/v1/jobs"]["get"]["parameters"]["query"]>): Promise<Job[]> {
    const answer = client.GET("/v1/jobs", { params: { query } });
    return ((await content(answer as Promise<Answer<unknown>>)) as { jobs: Job[] }).jobs;
  },

  job: (id: number) => oneJob(client.GET("/v1/jobs/{job_id}", ofJob(id))),

  cancelJob: (id: number) => oneJob(client.DELETE("/v1/jobs/{job_id}", ofJob(id))),

  retryJob: (id: number) => oneJob(client.POST("/v1/jobs/{job_id}/retry", ofJob(id))),

  providers: async () => (await content(client.GET("/v1/providers"))).providers,

  history: (query: HistoryQuery & { after?: string }, signal?: AbortSignal) =>
    content(client.GET("/v1/history", { params: { query }, ...(signal && { signal }) })),

  topTracks: async (query: HistoryQuery, signal?: AbortSignal) =>
    (await content(client.GET("/v1/history/top", { params: { query }, ...(signal && { signal }) })))
      .tracks,

  days: async (query: HistoryQuery & { tz: string }, signal?: AbortSignal) =>
    (
      await content(
        client.GET("/v1/history/days", { params: { query }, ...(signal && { signal }) }),
      )
    ).days,

  forget: (id: number) =>
    content(
      client.DELETE("/v1/history/{heard_id}", {
        params: { path: { heard_id: id } },
        keepalive: true,
      }),
    ),

  forgetAll: () => content(client.DELETE("/v1/history")),

  stats: () => content(client.GET("/v1/stats")),

  alive: () => content(client.GET("/health/live")),

  ready: () => content(client.GET("/health/ready")),

  demo: () => content(client.POST("/v1/demo")),

  async recognize(
    clip: Blob,
    name: string,
    query: NonNullable<paths["/v1/recognize"]["post"]["parameters"]["query"]> = {},
  ): Promise<Recognition> {
    const body = new FormData();
    body.append("file", clip, name);
    const answer = client.POST("/v1/recognize", {
      params: { query },
      body: body as never, // described as text, as OpenAPI does with files
      bodySerializer: (form: unknown) => form as FormData,
    });
    // The client takes tuples for arrays of any length.
    return content(answer as Promise<Answer<unknown>>) as Promise<Recognition>;
  },
};

function ofJob(id: number) {
  return { params: { path: { job_id: id } } };
}

async function oneJob(answer: Promise<Answer<unknown>>): Promise<Job> {
  // The client takes tuples, which a recognition as a result has, for arrays of any length.
  return ((await content(answer)) as { job: Job }).job;
}

/** Where the sound of a track is. */
export function audioUrl(id: number): string {
  return withKey(`/v1/tracks/${id}/audio`);
}

/** Where the history can be downloaded. */
export function exportUrl(format: "csv" | "json", from: string | undefined): string {
  const part = from ? `&from=${encodeURIComponent(from)}` : "";
  return withKey(`/v1/history/export?format=${format}${part}`);
}
