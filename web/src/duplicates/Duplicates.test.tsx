import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { duplicates, failure, type Request, serve } from "../test/server";
import { changes } from "./changes";
import Duplicates from "./Duplicates";

const GONE = () => new Response(null, { status: 204 });
const group = (title: string) => within(screen.getByRole("article", { name: title }));
const writes = (asked: Request[]) =>
  asked.filter(({ method }) => method === "DELETE").map(({ path }) => path);

function show(answers: Parameters<typeof serve>[0]) {
  const asked = serve(answers);
  const { unmount } = render(<Duplicates />);
  return { asked, unmount, user: userEvent.setup() };
}

test("each file tells what tells it from the others, the best one is kept", async () => {
  show({ "GET /v1/duplicates": duplicates([3]) });
  const files = await screen.findAllByRole("radio");
  expect(files.map((file) => (file as HTMLInputElement).checked)).toEqual([true, false, false]);
  const [best, second] = screen.getAllByRole("listitem").filter(({ className }) => className);
  expect(best?.textContent).toContain("FLAC · 912 kbit/sBest file1.flac");
  expect(second?.textContent).toContain("MP3 · 128 kbit/s2.mp3 in /music/3:5297 % alikeadded");
  expect(second?.textContent).not.toContain("Best file");
  expect(screen.getByText("1 recording")).toBeTruthy();
  expect(screen.getByText("Looked just now. Every track has been compared.")).toBeTruthy();
});

test("the others are removed, and come back", async () => {
  const { asked, user, unmount } = show({
    "GET /v1/duplicates": duplicates([3, 2]),
    "DELETE /v1/tracks/1": GONE,
    "DELETE /v1/tracks/3": GONE,
  });
  const remove = "Remove the 2 others: Track 1";
  await user.click((await screen.findAllByRole("radio"))[1] as HTMLElement);
  await user.click(screen.getByRole("button", { name: remove }));
  expect(screen.getByText("2 files of Track 1 removed")).toBeTruthy();
  expect(group("Track 1").getByText("2 files removed")).toBeTruthy();
  expect(screen.getByText("1 recording")).toBeTruthy();
  expect(document.activeElement).toBe(screen.getByRole("article", { name: "Track 4" }));
  await user.click(screen.getByRole("button", { name: "Undo" }));
  expect(screen.getByText("2 recordings")).toBeTruthy();
  expect(document.activeElement).toBe(screen.getByRole("article", { name: "Track 1" }));
  expect(writes(asked)).toEqual([]);
  // Whoever leaves wants what was asked for.
  await user.click(screen.getByRole("button", { name: remove }));
  unmount();
  await waitFor(() => expect(changes.state.get()).toEqual([]));
  expect(writes(asked)).toEqual(["/v1/tracks/1", "/v1/tracks/3"]);
});

test("files are removed one by one, until nothing is there twice", async () => {
  const { asked, user } = show({
    "GET /v1/duplicates": duplicates([3]),
    "DELETE /v1/tracks/2": GONE,
    "DELETE /v1/tracks/1": failure(404, "not_found", "no track 1"),
  });
  await user.click(await screen.findByRole("button", { name: "Remove 2.mp3" }));
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Remove 3.mp3" }));
  expect(screen.getByRole("button", { name: "Remove the other: Track 1" })).toBeTruthy();
  // The one that was to be kept: then it is the other.
  await user.click(screen.getByRole("button", { name: "Remove 1.flac" }));
  expect(group("Track 1").getByText("2 files removed")).toBeTruthy();
  expect(screen.queryByRole("button", { name: /^Remove the/ })).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole("heading", { level: 1 }));
  act(() => changes.flush());
  await waitFor(() => expect(changes.state.get()).toEqual([]));
  expect(writes(asked)).toEqual(["/v1/tracks/2", "/v1/tracks/1"]);
  // What is done stays where it was, and nothing is read again.
  expect(group("Track 1").getByText("2 files removed")).toBeTruthy();
  expect(asked.filter(({ method }) => method === "GET").length).toBe(1);
});

test("what are no duplicates is said of those that are left", async () => {
  const { asked, user } = show({
    "GET /v1/duplicates": duplicates([3]),
    "DELETE /v1/tracks/3": GONE,
    "DELETE /v1/duplicates/1-2": GONE,
  });
  await user.click(await screen.findByRole("button", { name: "Remove 3.mp3" }));
  await user.click(screen.getByRole("button", { name: "Not duplicates: Track 1" }));
  expect(screen.getByText("Track 1: not duplicates")).toBeTruthy();
  expect(screen.getByText("0 recordings")).toBeTruthy();
  act(() => changes.flush());
  await waitFor(() => expect(changes.state.get()).toEqual([]));
  expect(writes(asked)).toEqual(["/v1/tracks/3", "/v1/duplicates/1-2"]);
  expect(group("Track 1").getByText("Not duplicates")).toBeTruthy();
});

test("without the right key nothing is lost, and it is told why", async () => {
  const reason = "the key 'reader' may not do this: it needs the scope admin";
  const refused = failure(403, "forbidden", reason);
  const { user } = show({
    "GET /v1/duplicates": duplicates([2]),
    "POST /v1/duplicates": refused,
    "DELETE /v1/tracks/2": refused,
  });
  await user.click(await screen.findByRole("button", { name: "Look for duplicates" }));
  expect((await screen.findByRole("alert")).textContent).toContain("needs the scope admin.");
  await user.click(screen.getByRole("button", { name: "Remove the other: Track 1" }));
  act(() => changes.flush());
  expect(await screen.findByText(/^2.mp3 could not be removed. The key 'reader'/)).toBeTruthy();
  expect(screen.getByRole("button", { name: "Remove the other: Track 1" })).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Close" }));
  expect(changes.state.get()).toEqual([]);
});

test("hundreds of groups come page by page", async () => {
  const pairs = Array.from({ length: 50 }, () => 2);
  const { asked, user } = show({
    "GET /v1/duplicates": ({ query }: Request) =>
      query.has("after")
        ? duplicates([2, 2], { total: 51 }, 101)
        : duplicates(pairs, { total: 52, next: 99 }),
    "DELETE /v1/tracks/2": GONE,
  });
  await user.click(await screen.findByRole("button", { name: "Remove 2.mp3" }));
  act(() => changes.flush());
  await waitFor(() => expect(changes.state.get()).toEqual([]));
  await user.click(await screen.findByRole("button", { name: "Show more" }));
  await waitFor(() => expect(screen.getAllByRole("article").length).toBe(52));
  expect(asked.map(({ query }) => query.get("after"))).toEqual([null, null, "99"]);
  expect(screen.getByText("51 recordings")).toBeTruthy();
  expect(document.activeElement).toBe(screen.getByRole("article", { name: "Track 101" }));
  expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
});

test("another file of a recording goes on where the one before was", async () => {
  const played: HTMLAudioElement[] = [];
  vi.spyOn(HTMLMediaElement.prototype, "load").mockImplementation(() => {});
  vi.spyOn(HTMLMediaElement.prototype, "pause").mockImplementation(() => {});
  vi.spyOn(HTMLMediaElement.prototype, "play").mockImplementation(function (
    this: HTMLMediaElement,
  ) {
    played.push(this as HTMLAudioElement);
    return Promise.resolve();
  });
  const { user } = show({ "GET /v1/duplicates": duplicates([2, 2]) });
  await user.click(await screen.findByRole("button", { name: "Play 1.flac" }));
  (played[0] as HTMLAudioElement).currentTime = 42;
  await user.click(screen.getByRole("button", { name: "Play 2.mp3" }));
  await user.click(screen.getByRole("button", { name: "Play 3.flac" }));
  expect(played.map(({ currentTime }) => currentTime)).toEqual([42, 42, 0]);
  expect(played[2]?.src).toContain("/v1/tracks/3/audio");
});

test.each([
  ["never looked", { scanned_at: null, waiting: 8 }, "Is something in your library twice?"],
  ["nothing found", { waiting: 1 }, "No duplicates"],
  ["no music", { scanned_at: null }, "No music yet"],
])("%s is told", async (_, part, title) => {
  show({ "GET /v1/duplicates": duplicates([], part) });
  expect(await screen.findByText(title)).toBeTruthy();
});

test("what cannot be read can be tried again", async () => {
  let broken = true;
  const { user } = show({
    "GET /v1/duplicates": () =>
      broken ? failure(503, "store_unavailable", "it is locked") : duplicates([2]),
  });
  expect(await screen.findByText("It is locked.")).toBeTruthy();
  broken = false;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("article", { name: "Track 1" })).toBeTruthy();
});
