import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, type Track } from "../api/client";
import { failure, serve, track } from "../test/server";
import { Deletions, UNDO_MS } from "./deletions";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const removing = () => new Deletions<Track>(({ id }) => api.remove(id));
const gone = () => new Response(null, { status: 204 });

test("the server is told only when there is no going back", async () => {
  const asked = serve({ "DELETE /v1/tracks/7": gone });
  const deletions = removing();
  const done = vi.fn();
  deletions.onDone(done);
  deletions.delete(track(7));
  await vi.advanceTimersByTimeAsync(UNDO_MS - 10);
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(20);
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual(["DELETE /v1/tracks/7"]);
  expect(done.mock.calls).toEqual([[track(7)]]);
  expect(deletions.state.get()).toEqual([]);
});

test("undone is as if nothing had been", async () => {
  const asked = serve({ "DELETE /v1/tracks/7": gone });
  const deletions = removing();
  deletions.delete(track(7));
  deletions.undo(track(7));
  await vi.advanceTimersByTimeAsync(2 * UNDO_MS);
  expect(asked).toEqual([]);
  expect(deletions.state.get()).toEqual([]);
});

test("leaving the page carries out what was asked for", async () => {
  const asked = serve({ "DELETE /v1/tracks/7": gone });
  const deletions = removing();
  deletions.delete(track(7));
  window.dispatchEvent(new Event("pagehide"));
  await vi.advanceTimersByTimeAsync(2 * UNDO_MS);
  expect(asked.length).toBe(1);
});

test("what could not be deleted is told and can be tried again", async () => {
  serve({ "DELETE /v1/tracks/7": failure(503, "store_busy", "try again") });
  const deletions = removing();
  deletions.delete(track(7));
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  expect(deletions.state.get()[0]?.state).toBe("failed");
});

test("a track that someone else has deleted is gone all the same", async () => {
  serve({});
  const deletions = removing();
  deletions.delete(track(7));
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  expect(deletions.state.get()).toEqual([]);
});
