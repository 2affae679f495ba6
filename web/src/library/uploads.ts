import { ApiError, api, type Job, toApiError, UNREACHABLE } from "../api/client";
import { keyWanted, storedKey } from "../api/key";
import { Store } from "../app/store";

const AT_ONCE = 3;
const POLL_MS = 400;

export type UploadState = "waiting" | "sending" | "adding" | "added" | "known" | "failed";

export interface Upload {
  id: number;
  file: File;
  state: UploadState;
  /** Share of the file that has been sent. */
  sent: number;
  error: ApiError | null;
}

/** Sends files to the server, a few at a time, and follows what becomes of them. */
export class Uploads {
  readonly state = new Store<readonly Upload[]>([]);
  private active = 0;
  private count = 0;
  private readonly added = new Set<() => void>();

  /** Call `added` after each new track. */
  onAdded(added: () => void): () => void {
    this.added.add(added);
    return () => this.added.delete(added);
  }

  add(files: readonly File[]): void {
    const fresh = files.map(
      (file): Upload => ({ id: ++this.count, file, state: "waiting", sent: 0, error: null }),
    );
    this.state.set([...this.state.get(), ...fresh]);
    this.pump();
  }

  retry(ids: readonly number[]): void {
    for (const id of ids) this.change(id, { state: "waiting", sent: 0, error: null });
    this.pump();
  }

  /** Forget what has ended. */
  clear(): void {
    this.state.set(this.state.get().filter(({ state }) => isUnderWay(state)));
  }

  private pump(): void {
    while (this.active < AT_ONCE) {
      const next = this.state.get().find(({ state }) => state === "waiting");
      if (!next) return;
      this.active++;
      this.change(next.id, { state: "sending" });
      void this.run(next).finally(() => {
        this.active--;
        this.pump();
      });
    }
  }

  private async run({ id, file }: Upload): Promise<void> {
    try {
      const job = await this.follow(await this.send(id, file), id);
      if (job.state !== "done" || !job.result) {
        throw new ApiError(job.error ?? { code: "internal", message: job.message ?? job.state });
      }
      const known = "status" in job.result && job.result.status === "known";
      this.change(id, { state: known ? "known" : "added" });
      for (const added of this.added) added();
    } catch (error) {
      const fault = error instanceof ApiError ? error : toApiError(error);
      if (["busy", "rate_limited", "queue_unavailable"].includes(fault.code)) {
        await pause(fault.retryAfterMs ?? POLL_MS);
        this.change(id, { state: "waiting", sent: 0 });
      } else this.change(id, { state: "failed", error: fault });
    }
  }

  /** Only the old way of sending tells how far it is. */
  private send(id: number, file: File): Promise<Job> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", "/v1/tracks");
      const key = storedKey();
      if (key) request.setRequestHeader("Authorization", `Bearer ${key}`);
      request.responseType = "json";
      request.upload.onprogress = ({ loaded, total }) => this.change(id, { sent: loaded / total });
      request.onload = () => {
        if (request.status === 401) keyWanted.set(true);
        if (request.status === 202) resolve((request.response as { job: Job }).job);
        else reject(toApiError(request.response));
      };
      request.onerror = () => reject(new ApiError({ code: UNREACHABLE, message: "" }));
      const form = new FormData();
      form.append("file", file, file.name);
      request.send(form);
    });
  }

  private async follow(job: Job, id: number): Promise<Job> {
    this.change(id, { state: "adding", sent: 1 });
    let last = job;
    while (last.state === "queued" || last.state === "running") {
      await pause(POLL_MS);
      last = await api.job(job.id);
    }
    return last;
  }

  private change(id: number, part: Partial<Upload>): void {
    this.state.set(
      this.state.get().map((upload) => (upload.id === id ? { ...upload, ...part } : upload)),
    );
  }
}

export function isUnderWay(state: UploadState): boolean {
  return state === "waiting" || state === "sending" || state === "adding";
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export const uploads = new Uploads();
