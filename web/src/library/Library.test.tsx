import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { duplicates, failure, type Request, serve, track } from "../test/server";
import Library from "./Library";

const LENGTH = 50_000;

// jsdom lays nothing out: the table believes to be 600 pixels high.
beforeEach(() => {
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(900);
});

function page({ query }: Request) {
  const offset = Number(query.get("offset"));
  const narrowed = query.has("q") || query.has("genre");
  const total = query.get("q") === "nothing" ? 0 : narrowed ? 3 : LENGTH;
  const count = Math.min(Number(query.get("limit")), total - offset);
  const tracks = Array.from({ length: count }, (_, n) => track(offset + n + 1));
  const highlights = query.has("q")
    ? tracks.map(() => ({ title: [[0, 5]], artists: [[[4, 8]]], album: [] }))
    : null;
  return { status: "ok", tracks, total, next: null, highlights };
}

function show() {
  const asked = serve({
    "GET /v1/tracks": page,
    "GET /v1/genres": { status: "ok", genres: [{ name: "Folk", tracks: 3 }] },
  });
  render(<Library />);
  const lists = () => asked.filter(({ path }) => path === "/v1/tracks").map(({ query }) => query);
  return { lists, user: userEvent.setup() };
}

test("of a long library only what is in sight is fetched and drawn", async () => {
  const { lists } = show();
  expect(await screen.findByText("Track 1")).toBeTruthy();
  expect(screen.getByText("50,000 tracks")).toBeTruthy();
  expect(screen.getAllByRole("row").length).toBeLessThan(40);
  expect(lists().length).toBe(1);
  expect(screen.getByRole("table").getAttribute("aria-rowcount")).toBe("50001");
});

test("a track tells where else it can be heard", async () => {
  const external_metadata = { youtube: [{ url: "https://www.youtube.com/watch?v=1" }] };
  const tracks = [track(1, { external_metadata }), track(2)];
  serve({
    "GET /v1/tracks": { status: "ok", tracks, total: 2, next: null, highlights: null },
    "GET /v1/genres": { status: "ok", genres: [] },
  });
  render(<Library />);
  await screen.findByText("Track 2");
  const links = screen.getAllByRole("link", { name: / on / });
  expect(links.map((link) => link.getAttribute("aria-label"))).toEqual(["Track 1 on YouTube"]);
});

test("recordings that are there twice are counted", async () => {
  serve({
    "GET /v1/tracks": page,
    "GET /v1/genres": { status: "ok", genres: [] },
    "GET /v1/duplicates": duplicates([2, 2], { total: 1200 }),
  });
  render(<Library />);
  const link = await screen.findByRole("link", { name: "Duplicates 1,200" });
  expect(link.getAttribute("href")).toBe("/library/duplicates");
});

test("search as you type, filter and sort ask the server", async () => {
  const { lists, user } = show();
  await user.type(await screen.findByRole("searchbox"), "harb");
  await waitFor(() => expect(lists().at(-1)?.get("q")).toBe("harb"));
  await user.selectOptions(screen.getByLabelText("Genre"), "Folk");
  await user.selectOptions(screen.getByLabelText("Years"), "1990s");
  await waitFor(() => expect(lists().at(-1)?.get("to_year")).toBe("1999"));
  await user.click(screen.getByRole("button", { name: "Artist" }));
  await waitFor(() => expect(lists().at(-1)?.get("sort")).toBe("artist"));
  await user.click(screen.getByRole("button", { name: "Artist" }));
  await waitFor(() => expect(lists().at(-1)?.get("descending")).toBe("true"));
  expect(Object.fromEntries(lists().at(-1) ?? [])).toMatchObject({
    q: "harb",
    genre: "Folk",
    from_year: "1990",
  });
  const header = screen.getByRole("columnheader", { name: "Artist" });
  expect(header.getAttribute("aria-sort")).toBe("descending");
});

test("what was found stands out, the best match first", async () => {
  const { lists, user } = show();
  await user.type(await screen.findByRole("searchbox"), "trakc tide");
  await waitFor(() => expect(lists().at(-1)?.get("sort")).toBe("relevance"));
  expect((await screen.findAllByText("Track", { selector: "mark" })).length).toBe(3);
  expect(screen.getAllByText("Tide", { selector: "mark" }).length).toBeGreaterThanOrEqual(3);
  await user.clear(screen.getByRole("searchbox"));
  await waitFor(() => expect(lists().at(-1)?.get("sort")).toBe("added"));
  expect(screen.queryAllByText("Track", { selector: "mark" })).toEqual([]);
});

test("a search without result can be taken back", async () => {
  const { user } = show();
  await user.type(await screen.findByRole("searchbox"), "nothing");
  await user.click(await screen.findByRole("button", { name: "Show all tracks" }));
  expect(await screen.findByText("50,000 tracks")).toBeTruthy();
});

test("an empty library says how to fill it", async () => {
  serve({
    "GET /v1/tracks": { status: "ok", tracks: [], total: 0, next: null },
    "GET /v1/genres": { status: "ok", genres: [] },
  });
  render(<Library />);
  expect(await screen.findByText("No music yet")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Add files" })).toBeTruthy();
});

test("a library that cannot be read says so and can be tried again", async () => {
  let broken = true;
  serve({
    "GET /v1/tracks": (request) =>
      broken ? failure(503, "not_ready", "it is locked") : page(request),
    "GET /v1/genres": { status: "ok", genres: [] },
  });
  render(<Library />);
  expect(await screen.findByText("It is locked.")).toBeTruthy();
  broken = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("Track 1")).toBeTruthy();
});
