import { act, render, screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { serve } from "../test/server";
import { dropped, onlyAudio } from "./files";
import { UploadList } from "./UploadList";
import { Uploads, uploads } from "./uploads";

type Reply = { status: number; response: object | null };

let replies: Record<string, Reply[]>;
let sending: number;
let most: number;

class FakeXhr {
  status = 0;
  response: object | null = null;
  upload: { onprogress?: (event: object) => void } = {};
  onload = () => {};
  onerror = () => {};
  open() {}
  async send(form: FormData) {
    most = Math.max(most, ++sending);
    const { name } = form.get("file") as File;
    this.upload.onprogress?.({ loaded: 1, total: 2 });
    await new Promise((resolve) => setTimeout(resolve, 1));
    sending--;
    const reply = replies[name]?.shift();
    if (!reply) return this.onerror();
    Object.assign(this, reply);
    this.onload();
  }
}

const job = (
  id: number,
  state: string,
  result: object | null = null,
  error: object | null = null,
) => ({
  status: "ok",
  job: { id, kind: "ingest", subject: "", state, progress: 0, message: null, result, error },
});
const accepted = (id: number): Reply => ({ status: 202, response: job(id, "queued") });
const refused = (code: string, retry_after_ms: number | null = null): Reply => ({
  status: 400,
  response: { status: "error", error: { code, message: `a.mp3: ${code}`, retry_after_ms } },
});
const file = (name: string) => new File(["…"], name);
const states = (of: Uploads) => of.state.get().map(({ state }) => state);

beforeEach(() => {
  replies = {};
  sending = most = 0;
  vi.stubGlobal("XMLHttpRequest", FakeXhr);
});

test("files are sent a few at a time and followed to the end of their jobs", async () => {
  const asked: Record<string, number> = {};
  const running = (id: number) => () => {
    asked[id] = (asked[id] ?? 0) + 1;
    return asked[id] > 1
      ? job(id, "done", { status: id === 3 ? "known" : "added" })
      : job(id, "running");
  };
  serve(Object.fromEntries([1, 2, 3, 4, 5].map((id) => [`GET /v1/jobs/${id}`, running(id)])));
  const here = new Uploads();
  const added = vi.fn();
  here.onAdded(added);
  for (const id of [1, 2, 3, 4, 5]) replies[`${id}.mp3`] = [accepted(id)];
  here.add([1, 2, 3, 4, 5].map((id) => file(`${id}.mp3`)));
  await vi.waitFor(() => expect(added).toHaveBeenCalledTimes(5), 10_000);
  expect(states(here)).toEqual(["added", "added", "known", "added", "added"]);
  expect(most).toBe(3);
});

test("a busy server is asked again, without a word", async () => {
  serve({ "GET /v1/jobs/1": job(1, "done", { status: "added" }) });
  replies["a.mp3"] = [refused("busy", 5), accepted(1)];
  const here = new Uploads();
  here.add([file("a.mp3")]);
  await vi.waitFor(() => expect(states(here)).toEqual(["added"]), 5000);
});

test("what failed says why and can be tried again", async () => {
  serve({
    "GET /v1/jobs/1": job(1, "failed", null, {
      code: "corrupt_media",
      message: "a.mp3: is broken",
    }),
    "GET /v1/jobs/2": job(2, "done", { status: "added" }),
  });
  replies["a.mp3"] = [accepted(1), accepted(2)];
  render(<UploadList />);
  act(() => uploads.add([file("a.mp3"), file("lost.mp3")]));
  await screen.findByText("Is broken.", undefined, { timeout: 3000 });
  await screen.findByText("The connection was lost.");
  expect(screen.getByRole("status").textContent).toBe("0 added, 2 failed");
  act(() => screen.getByRole("button", { name: "Try a.mp3 again" }).click());
  await screen.findByText("Added", undefined, { timeout: 3000 });
  act(() => screen.getByRole("button", { name: "Close this list" }).click());
  expect(screen.queryByText("a.mp3")).toBeNull();
});

test("folders are gone through, and only music is kept", async () => {
  const entry = (name: string) => ({
    isFile: true,
    file: (take: (f: File) => void) => take(file(name)),
  });
  const folder = (...inside: object[]) => ({
    isFile: false,
    createReader: () => {
      const parts = [inside, []];
      return { readEntries: (take: (e: object[]) => void) => take(parts.shift() ?? []) };
    },
  });
  const items = [
    folder(entry("a.mp3"), folder(entry("b.FLAC"), entry("cover.jpg"))),
    entry("c.opus"),
  ];
  const data = { items: items.map((item) => ({ webkitGetAsEntry: () => item })), files: [] };
  const found = onlyAudio(await dropped(data as unknown as DataTransfer));
  expect(found.map(({ name }) => name)).toEqual(["a.mp3", "b.FLAC", "c.opus"]);
});
