import { growing, pause } from "../app/pause";
import { ApiError, api, type ErrorContent, type Job, mayPass } from "./client";
import { socketAddress } from "./key";

const SILENCE_MS = 50_000; // the server says something every 20 s
const SOCKETS_TRIED = 3;
const POLL_MS = 1000;

type Message =
  | { type: "job"; id: string; job: Job }
  | { type: "alive" }
  | { type: "error"; error: ErrorContent };

/**
 * Follow a job until it has ended, however often the connection or the server goes away.
 *
 * Where sockets are refused, the server is asked now and then instead. Throws an `ApiError` when
 * it does not know the job, or the key; and why, when `signal` is aborted.
 */
export async function follow(
  id: number,
  tell: (job: Job) => void,
  signal: AbortSignal,
): Promise<Job> {
  let seen: string | null = null;
  let refused = 0; // sockets in a row that told nothing
  let failures = 0;
  for (;;) {
    if (refused < SOCKETS_TRIED) {
      refused++;
      const last = await listen(id, seen, signal, (event) => {
        seen = event.id;
        refused = failures = 0;
        tell(event.job);
      });
      if (last && hasEnded(last)) return last;
    }
    signal.throwIfAborted();
    const job = await ask(id);
    if (job) {
      tell(job);
      if (hasEnded(job)) return job;
    } else refused = 0; // it is the server that is away
    await pause(job && refused ? POLL_MS : growing(failures++), signal);
  }
}

export function hasEnded({ state }: Job): boolean {
  return state !== "queued" && state !== "running";
}

/** Give what a socket told last before it was closed, if anything. */
function listen(
  id: number,
  seen: string | null,
  signal: AbortSignal,
  tell: (event: { id: string; job: Job }) => void,
): Promise<Job | null> {
  return new Promise((resolve) => {
    const after = seen ? `?last_event_id=${seen}` : "";
    const socket = new WebSocket(socketAddress(`/v1/jobs/${id}/events${after}`));
    let last: Job | null = null;
    let silence: ReturnType<typeof setTimeout>;
    const end = () => {
      clearTimeout(silence);
      signal.removeEventListener("abort", end);
      socket.onmessage = socket.onclose = null;
      socket.close();
      resolve(last);
    };
    const wait = () => {
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE_MS);
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      wait();
      const message = JSON.parse(data) as Message;
      if (message.type === "error") return end(); // asked without a socket it says the same
      if (message.type === "job") {
        last = message.job;
        tell(message);
        if (hasEnded(last)) end();
      }
    };
    socket.onclose = end;
    signal.addEventListener("abort", end);
    wait();
  });
}

/** Give the job as it is now; null while the server is away or busy. */
async function ask(id: number): Promise<Job | null> {
  try {
    return await api.job(id);
  } catch (error) {
    if (error instanceof ApiError && mayPass(error)) return null;
    throw error;
  }
}
