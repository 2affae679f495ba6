import { act, render, screen, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { failure, job, queue, serve } from "../test/server";
import { Jobs } from "./Jobs";

const worker = {
  name: "music:4711",
  kind: "worker" as const,
  state: "busy" as const,
  at_once: 2,
  jobs: [7],
  started_at: new Date(Date.now() - 3 * 3_600_000).toISOString(),
  last_seen_at: new Date().toISOString(),
};
const counts = { queued: 3, running: 1, done: 1200, failed: 25, cancelled: 0 };
const running = job(7, {
  kind: "import",
  subject: "/srv/music",
  state: "running",
  progress: 40,
  message: "4 of 10 files",
});
const failed = job(6, {
  subject: "a.mp3",
  state: "failed",
  error: { code: "disk_full", message: "a.mp3: no space is left" },
});
const soon = (check: () => void, ms = 10_000) => vi.waitFor(check, ms);
const byState = (query: URLSearchParams) => (query.get("state") === "running" ? running : failed);

function serveWork(more: Parameters<typeof serve>[0] = {}) {
  return serve({
    "GET /v1/queue": queue({
      jobs: counts,
      waiting_since: new Date(Date.now() - 180_000).toISOString(),
      workers: [
        worker,
        {
          ...worker,
          name: "other:7",
          state: "gone",
          last_seen_at: new Date(Date.now() - 40_000).toISOString(),
        },
      ],
    }),
    "GET /v1/jobs": ({ query }) => ({ status: "ok", jobs: [byState(query)], next: null }),
    ...more,
  });
}

test("what runs, waits and failed is told, and who works on it", async () => {
  serveWork();
  render(<Jobs />);
  const runs = await screen.findByRole("list", { name: "Running" });
  expect(within(runs).getByText("/srv/music")).toBeTruthy();
  expect(within(runs).getByText("Folder · 4 of 10 files, 40 %")).toBeTruthy();
  expect(screen.getByText("1,200")).toBeTruthy();
  expect(screen.getByText("The first has waited for 3 min.")).toBeTruthy();
  const faults = screen.getByRole("list", { name: "Failed" });
  expect(within(faults).getByText("No space is left.")).toBeTruthy();
  expect(within(faults).getByText("and 24 more")).toBeTruthy();
  expect(screen.getByText("Busy with 1 of 2 · up for 3 h")).toBeTruthy();
  expect(screen.getByText("Gone, last seen 40 s ago")).toBeTruthy();
});

test("a job can be cancelled, and one that failed tried again", async () => {
  const asked = serveWork({
    "DELETE /v1/jobs/7": { status: "ok", job: running },
    "POST /v1/jobs/6/retry": failure(422, "invalid_request", "the upload is not kept any more"),
  });
  render(<Jobs />);
  const cancel = await screen.findByRole("button", { name: "Cancel /srv/music" });
  const looks = () => asked.filter(({ path }) => path === "/v1/queue").length;
  const before = looks();
  await act(async () => cancel.click());
  await soon(() => expect(looks()).toBeGreaterThan(before));
  act(() => screen.getByRole("button", { name: "Try a.mp3 again" }).click());
  expect((await screen.findByRole("alert")).textContent).toBe("The upload is not kept any more.");
  expect(asked.filter(({ method }) => method !== "GET").map(({ path }) => path)).toEqual([
    "/v1/jobs/7",
    "/v1/jobs/6/retry",
  ]);
});

test("a server by itself is its own worker, and an idle one says so", async () => {
  const idle = { ...worker, kind: "server" as const, state: "idle" as const, at_once: 1, jobs: [] };
  const asked = serve({ "GET /v1/queue": queue({ workers: [idle] }) });
  render(<Jobs />);
  await screen.findByText("This server");
  expect(screen.getByText("Idle, takes 1 at a time · up for 3 h")).toBeTruthy();
  expect(screen.getByText(/^Nothing to do/)).toBeTruthy();
  expect(asked.map(({ path }) => path)).toEqual(["/v1/queue"]);
});

test("a Redis that is away is named, and so is a lack of workers", async () => {
  serve({ "GET /v1/queue": queue({ trouble: "Redis does not answer (refused)" }) });
  const { unmount } = render(<Jobs />);
  await screen.findByText("Redis does not answer (refused).");
  unmount();
  serve({ "GET /v1/queue": queue() });
  render(<Jobs />);
  await screen.findByText("Nobody works on jobs: start one with wavvy worker.");
});
