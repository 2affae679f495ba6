import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { DuplicatePage, Job } from "../api/client";
import { duplicates, job, serve } from "../test/server";
import { serveSockets } from "../test/sockets";
import Duplicates from "./Duplicates";

const NEVER: Partial<DuplicatePage> = { scanned_at: null, waiting: 40 };
const scan = (part: Partial<Job> = {}) =>
  job(7, { kind: "dedupe", subject: "new tracks", state: "running", ...part });
const at = (progress: number, message: string, pairs = 0) =>
  scan({ progress, message, result: { compared: 0, pairs } });

function show(first: DuplicatePage) {
  const server = { page: first };
  let count = 0;
  const sockets = serveSockets(() => {});
  const asked = serve({
    "GET /v1/duplicates": () => server.page,
    "POST /v1/duplicates": { status: "ok", job: scan({ state: "queued" }) },
    "DELETE /v1/jobs/7": { status: "ok", job: scan() },
  });
  render(<Duplicates />);
  const say = (job: Job) =>
    act(() => sockets.at(-1)?.say({ type: "job", id: `${++count}-0`, job }));
  return { server, sockets, asked, say, user: userEvent.setup() };
}

test("a look tells how far it is, and shows what it finds", async () => {
  const { server, say, user } = show(duplicates([], NEVER));
  expect(
    await screen.findByText("Not looked yet. 40 tracks are waiting to be compared."),
  ).toBeTruthy();
  const button = screen.getByRole("button", { name: "Look for duplicates" });
  await user.dblClick(button);
  expect(await screen.findByText("It begins as soon as the server has time.")).toBeTruthy();
  expect(button.textContent).toBe("Cancel");
  expect(document.activeElement).toBe(button);
  say(at(30, "12 of 40 tracks compared, 0 pairs found"));
  expect(screen.getByText("12 of 40 tracks compared, 0 pairs found.")).toBeTruthy();
  expect(screen.getByText("30 %")).toBeTruthy();
  // What is found while nothing is shown yet is shown at once.
  server.page = duplicates([2], { ...NEVER, job_id: 7 });
  say(at(60, "24 of 40 tracks compared, 1 pairs found", 1));
  expect(await screen.findByRole("article", { name: "Track 1" })).toBeTruthy();
  server.page = duplicates([2, 2]);
  say(at(80, "32 of 40 tracks compared, 2 pairs found", 2));
  expect(screen.getAllByRole("article").length).toBe(1);
  say(scan({ state: "done", progress: 100 }));
  expect(await screen.findByRole("article", { name: "Track 3" })).toBeTruthy();
  expect(screen.getByText("Looked just now. Every track has been compared.")).toBeTruthy();
  expect(button.textContent).toBe("Look for duplicates");
});

test("a look that goes on already is followed, and can be cancelled", async () => {
  const { server, sockets, asked, say, user } = show(duplicates([2], { ...NEVER, job_id: 7 }));
  const cancel = await screen.findByRole("button", { name: "Cancel" });
  await waitFor(() => expect(sockets.map(({ job }) => job)).toEqual([7]));
  await user.click(cancel);
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toContain("DELETE /v1/jobs/7");
  server.page = duplicates([2], { ...NEVER, waiting: 28 });
  say(scan({ state: "cancelled" }));
  const words = "Stopped. What was found stays. 28 tracks are waiting to be compared.";
  expect(await screen.findByText(words)).toBeTruthy();
  expect(sockets.length).toBe(1);
});

test("a look that fails says why", async () => {
  const { server, say } = show(duplicates([], { ...NEVER, job_id: 7 }));
  await screen.findByRole("button", { name: "Cancel" });
  await waitFor(() => expect(screen.queryByText("0 %")).toBeTruthy());
  server.page = duplicates([], NEVER);
  const error = { code: "damaged_index", message: "the index is damaged" };
  await waitFor(() => say(scan({ state: "failed", error })));
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toBe("Looking for duplicates failed. The index is damaged.");
  expect(screen.getByRole("button", { name: "Look for duplicates" })).toBeTruthy();
});
