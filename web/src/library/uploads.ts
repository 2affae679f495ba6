import { ApiError, api, type Job, toApiError } from "../api/client";
import { follow } from "../api/following";
import { Store } from "../app/store";
import { send } from "./sending";

// So many requests and sockets at most, however many files are waiting.
const SENDING = 3;
const UNDER_WAY = 6;

export type UploadState =
  | "waiting"
  | "sending"
  | "adding"
  | "added"
  | "known"
  | "failed"
  | "cancelled";

export interface Upload {
  id: number;
  file: File;
  state: UploadState;
  /** Share of the file that has been sent. */
  sent: number;
  /** Whether the server is away or busy. */
  held: boolean;
  /** What adds it, as far as is known. */
  job: Job | null;
  /** What the request is called, so that it can be sent again. */
  name: string;
  error: ApiError | null;
}

/** Sends files to the server, a few at a time, and follows what becomes of them. */
export class Uploads {
  readonly state = new Store<readonly Upload[]>([]);
  private count = 0;
  private readonly running = new Map<number, AbortController>();
  private readonly added = new Set<() => void>();

  /** Call `added` after each new track. */
  onAdded(added: () => void): () => void {
    this.added.add(added);
    return () => this.added.delete(added);
  }

  add(files: readonly File[]): void {
    const fresh = files.map(
      (file): Upload => ({
        id: ++this.count,
        file,
        state: "waiting",
        sent: 0,
        held: false,
        job: null,
        name: newName(),
        error: null,
      }),
    );
    this.state.set([...this.state.get(), ...fresh]);
    this.pump();
  }

  retry(ids: readonly number[]): void {
    this.change(new Set(ids), { state: "waiting", sent: 0, held: false, error: null });
    this.pump();
  }

  /** Stop what is under way; what the server has begun ends at its next step. */
  cancel(ids: readonly number[]): void {
    const wanted = new Set(ids);
    const unsent = this.state
      .get()
      .filter(({ id, state }) => wanted.has(id) && (state === "waiting" || state === "sending"));
    this.change(new Set(unsent.map(({ id }) => id)), { state: "cancelled", held: false });
    for (const { id } of unsent) this.running.get(id)?.abort();
    for (const { id, state, job } of this.state.get()) {
      // Whoever follows the job hears of it; where that fails, it can be asked for again.
      if (wanted.has(id) && state === "adding" && job) api.cancelJob(job.id).catch(() => {});
    }
  }

  /** Forget what has ended. */
  clear(): void {
    this.state.set(this.state.get().filter(({ state }) => isUnderWay(state)));
  }

  private pump(): void {
    for (;;) {
      const all = this.state.get();
      const sending = all.filter(({ state }) => state === "sending").length;
      if (sending >= SENDING || this.running.size >= UNDER_WAY) return;
      const next = all.find(({ id, state }) => state === "waiting" && !this.running.has(id));
      if (!next) return;
      const stop = new AbortController();
      this.running.set(next.id, stop);
      this.update(next.id, { state: "sending" });
      void this.run(next, stop.signal).finally(() => {
        this.running.delete(next.id);
        this.pump();
      });
    }
  }

  private async run({ id, file, job: before, ...upload }: Upload, stop: AbortSignal) {
    const tell = (part: Partial<Upload>) => {
      if (!stop.aborted) this.update(id, part);
    };
    try {
      // The old name stands for a job that has ended.
      const name = before ? newName() : upload.name;
      tell({ name, job: null });
      // What failed for no fault of the file, the server may still have.
      const kept = before?.state === "failed" ? await api.retryJob(before.id).catch(noJob) : null;
      const job = kept ?? (await send(file, name, tell, stop));
      tell({ state: "adding", sent: 1, held: false, job });
      this.pump(); // another can be sent meanwhile
      this.end(id, await follow(job.id, (job) => tell({ job }), stop));
    } catch (error) {
      const fault = error instanceof ApiError ? error : toApiError(error);
      tell({ state: "failed", held: false, error: fault });
    }
  }

  private end(id: number, job: Job): void {
    const known = job.result && "status" in job.result && job.result.status === "known";
    if (job.state === "done") {
      this.update(id, { state: known ? "known" : "added", job });
      for (const added of this.added) added();
    } else if (job.state === "cancelled") this.update(id, { state: "cancelled", job });
    else {
      const error = job.error ?? { code: "internal", message: job.message ?? job.state };
      this.update(id, { state: "failed", job, error: new ApiError(error) });
    }
  }

  private update(id: number, part: Partial<Upload>): void {
    this.change(new Set([id]), part);
  }

  private change(ids: ReadonlySet<number>, part: Partial<Upload>): void {
    this.state.set(
      this.state.get().map((upload) => (ids.has(upload.id) ? { ...upload, ...part } : upload)),
    );
  }
}

/** How far an upload is, 0 to 1: sending it is half of the way. */
export function shareOf({ state, sent, job }: Upload): number {
  if (state === "sending") return sent / 2;
  if (state === "adding") return 0.5 + (job?.progress ?? 0) / 200;
  return state === "waiting" ? 0 : 1;
}

export function isUnderWay(state: UploadState): boolean {
  return state === "waiting" || state === "sending" || state === "adding";
}

function noJob(): null {
  return null;
}

/** Unlike any before; browsers give ready-made ones over HTTPS alone. */
function newName(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

export const uploads = new Uploads();

// What is on this computer alone would be forgotten with the page.
addEventListener("beforeunload", (event) => {
  const unsent = ({ state }: Upload) => state === "waiting" || state === "sending";
  if (uploads.state.get().some(unsent)) event.preventDefault();
});
