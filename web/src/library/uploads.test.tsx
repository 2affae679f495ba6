import { act, render, screen, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Job } from "../api/client";
import { job, serve } from "../test/server";
import { serveSockets } from "../test/sockets";
import { UploadList } from "./UploadList";
import { Uploads, uploads } from "./uploads";

type Reply = { status: number; response: object | null } | "hangs";

let replies: Record<string, Reply[]>;
let names: Record<string, string[]>;
let sending: number;
let most: number;

class FakeXhr {
  status = 0;
  response: object | null = null;
  upload: { onprogress?: (event: object) => void } = {};
  onload = () => {};
  onerror = () => {};
  onloadend = () => {};
  private name = "";
  open() {}
  setRequestHeader(header: string, value: string) {
    if (header === "Idempotency-Key") this.name = value;
  }
  async send(form: FormData) {
    most = Math.max(most, ++sending);
    const { name } = form.get("file") as File;
    names[name] = [...(names[name] ?? []), this.name];
    this.upload.onprogress?.({ loaded: 1, total: 2 });
    await new Promise((resolve) => setTimeout(resolve, 1));
    const reply = replies[name]?.shift();
    if (reply === "hangs") return;
    sending--;
    if (reply) {
      Object.assign(this, reply);
      this.onload();
    } else this.onerror();
    this.onloadend();
  }
  abort() {
    sending--;
    this.onloadend();
  }
}

const accepted = (id: number): Reply => ({
  status: 202,
  response: { status: "ok", job: job(id) },
});
const refused = (code: string, retry_after_ms: number | null = null): Reply => ({
  status: 400,
  response: { status: "error", error: { code, message: `a.mp3: ${code}`, retry_after_ms } },
});
const done: Partial<Job> = {
  state: "done",
  result: {
    file: "",
    status: "added",
    id: 1,
    title: null,
    duration_ms: null,
    warnings: [],
  },
};
const broken: Partial<Job> = {
  state: "failed",
  error: { code: "corrupt_media", message: "a.mp3: is broken" },
};
const file = (name: string) => new File(["…"], name);
const soon = (check: () => void, ms = 10_000) => vi.waitFor(check, ms);
const states = (of: Uploads) => of.state.get().map(({ state }) => state);

/** Each job ends as `ends` says, as soon as somebody follows it. */
function jobsEnd(ends: Record<number, Partial<Job>>) {
  return serveSockets((socket) => {
    const end = ends[socket.job];
    socket.say({ type: "job", id: "1-0", job: job(socket.job, { state: "running" }) });
    if (end) socket.say({ type: "job", id: "2-0", job: job(socket.job, end) });
  });
}

beforeEach(() => {
  replies = {};
  names = {};
  sending = most = 0;
  vi.stubGlobal("XMLHttpRequest", FakeXhr);
  serve({ "GET /health/live": { status: "ok" } });
});

test("of many files a few are sent at a time, and few sockets are open", async () => {
  const here = new Uploads();
  const added = vi.fn();
  here.onAdded(added);
  let open = 0;
  let mostOpen = 0;
  serveSockets((socket) => {
    mostOpen = Math.max(mostOpen, ++open);
    setTimeout(() => {
      open--;
      socket.say({ type: "job", id: "1-0", job: job(socket.job, done) });
    }, 1);
  });
  const ids = Array.from({ length: 300 }, (_, index) => index + 1);
  for (const id of ids) replies[`${id}.mp3`] = [accepted(id)];
  here.add(ids.map((id) => file(`${id}.mp3`)));
  await soon(() => expect(added).toHaveBeenCalledTimes(300), 10_000);
  expect(new Set(states(here))).toEqual(new Set(["added"]));
  expect(most).toBe(3);
  expect(mostOpen).toBeLessThanOrEqual(6);
  expect(new Set(Object.values(names).flat()).size).toBe(300);
});

test("a busy server is asked again, without a word", async () => {
  jobsEnd({ 1: done });
  replies["a.mp3"] = [refused("busy", 5), accepted(1)];
  const here = new Uploads();
  here.add([file("a.mp3")]);
  await soon(() => expect(states(here)).toEqual(["added"]), 5000);
});

test("after a lost answer the same request is sent again", async () => {
  jobsEnd({ 1: done });
  replies["a.mp3"] = [undefined as never, accepted(1)];
  const here = new Uploads();
  here.add([file("a.mp3")]);
  await soon(() => expect(here.state.get()[0]?.held).toBe(true));
  await soon(() => expect(states(here)).toEqual(["added"]), 5000);
  expect(names["a.mp3"]?.length).toBe(2);
  expect(new Set(names["a.mp3"]).size).toBe(1);
});

test("a file that is gone is not waited for", async () => {
  const gone = file("gone.mp3");
  gone.slice = () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) }) as never;
  const here = new Uploads();
  here.add([gone]);
  await soon(() => expect(states(here)).toEqual(["failed"]));
  expect(here.state.get()[0]?.error?.message).toContain("moved");
});

test("what failed says why and can be tried again", async () => {
  jobsEnd({ 1: broken, 2: done });
  replies["a.mp3"] = [accepted(1), accepted(2)];
  replies["large.mp3"] = [refused("too_large")];
  render(<UploadList />);
  act(() => uploads.add([file("a.mp3"), file("large.mp3")]));
  await screen.findByText("Is broken.");
  await screen.findByText("A.mp3: too_large.");
  expect(screen.getByRole("status").textContent).toBe("0 added, 2 failed");
  act(() => screen.getByRole("button", { name: "Try a.mp3 again" }).click());
  await screen.findByText("Added");
  expect(new Set(names["a.mp3"]).size).toBe(2);
  replies["large.mp3"] = [accepted(2)];
  act(() => screen.getByRole("button", { name: "Try failed again" }).click());
  await soon(() => expect(screen.getByRole("status").textContent).toBe("2 added"));
  act(() => screen.getByRole("button", { name: "Close this list" }).click());
  expect(screen.queryByText("a.mp3")).toBeNull();
});

test("what the server still has is not sent again", async () => {
  const asked = serve({
    "POST /v1/jobs/1/retry": { status: "ok", job: job(1) },
  });
  const ends = [{ state: "failed" as const, error: { code: "disk_full", message: "" } }, done];
  serveSockets((socket) => {
    socket.say({ type: "job", id: "2-0", job: job(1, ends.shift()) });
  });
  replies["a.mp3"] = [accepted(1)];
  const here = new Uploads();
  here.add([file("a.mp3")]);
  await soon(() => expect(states(here)).toEqual(["failed"]));
  here.retry([1]);
  await soon(() => expect(states(here)).toEqual(["added"]));
  expect(names["a.mp3"]?.length).toBe(1);
  expect(asked.map(({ path }) => path)).toEqual(["/v1/jobs/1/retry"]);
});

test("one file and all can be cancelled, wherever they are", async () => {
  const sockets = jobsEnd({});
  const cancelled = serve({
    "DELETE /v1/jobs/1": () => {
      const [socket] = sockets;
      socket?.say({ type: "job", id: "3-0", job: job(1, { state: "cancelled" }) });
      return { status: "ok", job: job(1) };
    },
  });
  replies["job.mp3"] = [accepted(1)];
  for (const name of ["a", "b", "c"]) replies[`${name}.mp3`] = ["hangs", accepted(2)];
  render(<UploadList />);
  act(() => uploads.add(["job.mp3", "a.mp3", "b.mp3", "c.mp3", "d.mp3"].map(file)));
  await screen.findByText("Fingerprinting, 0 %");
  act(() => screen.getByRole("button", { name: "Cancel a.mp3" }).click());
  const line = screen.getByText("a.mp3").closest("li") as HTMLElement;
  expect(within(line).getByText("Cancelled")).toBeTruthy();
  act(() => screen.getByRole("button", { name: "Cancel all" }).click());
  await soon(() => expect(screen.getByRole("status").textContent).toBe("0 added, 5 cancelled"));
  expect(cancelled.map(({ method }) => method)).toEqual(["DELETE"]);
  expect(sending).toBe(0);
  jobsEnd({ 2: done });
  act(() => screen.getByRole("button", { name: "Try a.mp3 again" }).click());
  await screen.findByText("Added");
  act(() => uploads.clear());
});

test("a server that takes it never is not asked for ever", async () => {
  const here = new Uploads();
  here.add([file("a.mp3")]);
  await soon(() => expect(states(here)).toEqual(["failed"]), 15_000);
  expect(here.state.get()[0]?.error?.code).toBe("unreachable");
  expect(names["a.mp3"]?.length).toBe(5);
});
