import { ApiError, api, type Job, mayPass, toApiError, UNREACHABLE } from "../api/client";
import { keyWanted, storedKey } from "../api/key";
import { growing, pause } from "../app/pause";
import { strings } from "../app/strings";

const LOSSES = 4;

/** How sending goes; `held` while the server is away or busy. */
export type Sent = { sent: number; held: boolean };

/**
 * Send a file, as often as it takes, and give the job that adds it.
 *
 * `name` is the request's: where an answer was lost, sending again makes no second job. Throws an
 * `ApiError` when the server refuses the file, or takes none of it although it is there.
 */
export async function send(
  file: File,
  name: string,
  tell: (sent: Sent) => void,
  signal: AbortSignal,
): Promise<Job> {
  for (let losses = 0; ; ) {
    try {
      return await post(file, name, (sent) => tell({ sent, held: false }), signal);
    } catch (error) {
      if (!(error instanceof ApiError) || !mayPass(error)) throw error;
      tell({ sent: 0, held: true });
      if (error.code !== UNREACHABLE) await pause(error.retryAfterMs ?? 0, signal);
      else {
        await checkReadable(file);
        if (++losses > LOSSES) throw error;
        await untilAlive(signal);
      }
    }
  }
}

/** Only the old way of sending tells how far it is. */
function post(
  file: File,
  name: string,
  tell: (share: number) => void,
  signal: AbortSignal,
): Promise<Job> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/tracks");
    request.setRequestHeader("Idempotency-Key", name);
    const key = storedKey();
    if (key) request.setRequestHeader("Authorization", `Bearer ${key}`);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => tell(total ? loaded / total : 0);
    const stop = () => {
      request.abort();
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop);
    request.onloadend = () => signal.removeEventListener("abort", stop);
    request.onload = () => {
      if (request.status === 401) keyWanted.set(true);
      if (request.status === 202) resolve((request.response as { job: Job }).job);
      else reject(toApiError(request.response, request.status));
    };
    request.onerror = () => reject(new ApiError({ code: UNREACHABLE, message: "" }));
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}

/** The browser does not say whether a connection broke or the file is gone. */
async function checkReadable(file: File): Promise<void> {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new ApiError({ code: "unreadable_file", message: strings.library.upload.gone });
  }
}

async function untilAlive(signal: AbortSignal): Promise<void> {
  for (let failures = 0; ; ) {
    await pause(growing(failures++), signal);
    try {
      await api.alive();
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || !mayPass(error)) return; // it is there, whatever it says
    }
  }
}
