import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { Heard, TopTrack } from "../api/client";
import { UNDO_MS } from "../app/deletions";
import { failure, type Request, serve } from "../test/server";
import History from "./History";

function heard(id: number, part: Partial<Heard> = {}): Heard {
  return {
    id,
    heard_at: new Date(Date.now() - 60_000 * (1000 - id)).toISOString(),
    source: "live",
    duration_ms: 3200,
    match: {
      id: 42,
      title: `Tune ${id}`,
      artists: [{ name: "The Tide Clocks" }],
      album: null,
      artwork_url: null,
      external_metadata: { spotify: [{ url: "https://open.spotify.com/track/1" }] },
      in_library: true,
      play_offset_ms: 107_000,
      score: 0.9998,
    },
    ...part,
  };
}

const TOP: TopTrack = {
  id: 42,
  title: "Harbour Lights",
  artists: [{ name: "The Tide Clocks" }],
  album: null,
  artwork_url: null,
  external_metadata: {},
  in_library: true,
  count: 17,
  last_heard_at: "2026-01-31T12:00:00Z",
};

const SOME = [
  heard(3),
  heard(2, { match: null, source: "upload", duration_ms: 8000 }),
  heard(1, { match: { ...(heard(1).match as NonNullable<Heard["match"]>), in_library: false } }),
];

function show(answers: Record<string, object | ((request: Request) => object)> = {}) {
  const asked = serve({
    "GET /v1/history": { status: "ok", history: SOME, total: 3, next: null },
    "GET /v1/history/top": { status: "ok", tracks: [TOP] },
    "GET /v1/history/days": {
      status: "ok",
      days: [{ day: "2026-01-31", matched: 2, unmatched: 1 }],
    },
    ...answers,
  });
  render(<History />);
  const lists = () => asked.filter(({ path }) => path === "/v1/history").map(({ query }) => query);
  return { asked, lists, user: userEvent.setup() };
}

test("what was recognised, what was not, and what is gone by now", async () => {
  show();
  const row = (await screen.findByText("Tune 3")).closest("li") as HTMLElement;
  expect(within(row).getByText("at 1:47")).toBeTruthy();
  expect(within(row).getByText("99.98 % sure")).toBeTruthy();
  expect(within(row).getByText("Listening")).toBeTruthy();
  const link = within(row).getByRole("link", { name: "Tune 3 on Spotify" });
  expect(link.getAttribute("href")).toBe("https://open.spotify.com/track/1");
  expect(screen.getByText("8 s heard")).toBeTruthy();
  expect(screen.getByText(/not in the library any more/)).toBeTruthy();
  expect(screen.getByText("3 recognitions")).toBeTruthy();
  expect(screen.getByText("17 ×")).toBeTruthy();
  expect(screen.getByRole("link", { name: "Export as CSV" }).getAttribute("href")).toMatch(
    /^\/v1\/history\/export\?format=csv&from=20/,
  );
});

test("a period and a kind are asked of the server", async () => {
  const { asked, lists, user } = show();
  await screen.findByText("Tune 3");
  expect(lists()[0]?.get("from")).toMatch(/^20/);
  await user.selectOptions(screen.getByLabelText("Period"), "All time");
  await waitFor(() => expect(lists().at(-1)?.has("from")).toBe(false));
  await user.selectOptions(screen.getByLabelText("Show"), "No match");
  await waitFor(() => expect(lists().at(-1)?.get("matched")).toBe("false"));
  const days = asked.filter(({ path }) => path === "/v1/history/days");
  expect(days.every(({ query }) => query.get("tz"))).toBe(true);
});

test("the list goes on", async () => {
  const { lists, user } = show({
    "GET /v1/history": ({ query }) =>
      query.has("after")
        ? { status: "ok", history: [heard(0)], total: 4, next: null }
        : { status: "ok", history: SOME, total: 4, next: "1-1" },
  });
  await user.click(await screen.findByRole("button", { name: "Show more" }));
  expect(await screen.findByText("Tune 0")).toBeTruthy();
  expect(lists().at(-1)?.get("after")).toBe("1-1");
  expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
});

test("one is deleted when there is no going back", async () => {
  const { asked, user } = show({
    "DELETE /v1/history/3": () => new Response(null, { status: 204 }),
  });
  const gone = () => asked.filter(({ method }) => method === "DELETE").length;
  await user.click(await screen.findByRole("button", { name: /^Delete Tune 3/ }));
  await user.click(screen.getByRole("button", { name: "Undo" }));
  vi.useFakeTimers({ shouldAdvanceTime: true });
  screen.getByRole("button", { name: /^Delete Tune 3/ }).click();
  await vi.advanceTimersByTimeAsync(UNDO_MS + 100);
  vi.useRealTimers();
  await waitFor(() => expect(gone()).toBe(1));
});

test("all is deleted after a question", async () => {
  let cleared = false;
  const { user } = show({
    "GET /v1/history": () =>
      cleared
        ? { status: "ok", history: [], total: 0, next: null }
        : { status: "ok", history: SOME, total: 3, next: null },
    "DELETE /v1/history": () => {
      cleared = true;
      return { status: "ok", deleted: 3 };
    },
  });
  await user.click(await screen.findByRole("button", { name: "Delete all" }));
  const dialog = screen.getByRole("dialog");
  expect(await within(dialog).findByText(/All 3 recognitions are deleted/)).toBeTruthy();
  await user.click(within(dialog).getByRole("button", { name: "Delete all" }));
  expect(await screen.findByText("Nothing in this time")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Show everything" }));
  expect(await screen.findByText("Nothing recognised yet")).toBeTruthy();
});

test("a history that cannot be read says so and can be tried again", async () => {
  let broken = true;
  const { user } = show({
    "GET /v1/history": () =>
      broken
        ? failure(503, "store_busy", "it is locked")
        : { status: "ok", history: SOME, total: 3, next: null },
  });
  expect(await screen.findByText("It is locked.")).toBeTruthy();
  broken = false;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("Tune 3")).toBeTruthy();
});
