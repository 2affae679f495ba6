import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { CaptureError, capture, type Heard } from "../audio/capture";
import { failure, match, serve, stats } from "../test/server";
import { hearingOf } from "./hearing";
import { Listen } from "./Listen";
import { listener } from "./listener";
import { LiveStream, type StreamEvents } from "./stream";

vi.mock("../audio/capture", { spy: true });
vi.mock("./stream", { spy: true });
vi.mock("./waterfall", () => ({
  Waterfall: class {
    begin() {}
    samples() {}
    landmarks() {}
    end() {}
    close() {}
  },
}));

const RATE = 8000;
let heard: Heard;
let events: StreamEvents;
const stop = vi.fn();

beforeEach(() => {
  listener.cancel();
  stop.mockClear();
  vi.mocked(capture).mockImplementation(async (_source, to) => {
    heard = to;
    return { rate: RATE, stop };
  });
  vi.mocked(LiveStream).mockImplementation(function fake(_tape, to) {
    events = to;
    return { flush() {}, finish() {}, close() {} } as unknown as LiveStream;
  });
  serve({ "GET /v1/stats": stats() });
});

async function listen() {
  const user = userEvent.setup();
  render(<Listen />);
  await user.click(screen.getByRole("button", { name: "Listen" }));
  return user;
}

function play(seconds: number, level = 0.3) {
  const block = Float32Array.from({ length: RATE }, (_, n) => level * Math.sin(n / 3));
  for (let n = 0; n < seconds; n++) heard.samples(block);
}

test("from the click to the answer", async () => {
  await listen();
  expect(await screen.findByRole("heading", { name: "Listening…" })).toBeTruthy();
  act(() => events.progress([], { title: "Harbour Lights", score: 0.4 }));
  expect(screen.getByRole("heading", { name: "Could it be Harbour Lights?" })).toBeTruthy();
  play(3);
  act(() => events.match(match(42, { title: "Harbour Lights" }), 3000, 0));
  expect(screen.getByRole("heading", { name: "Harbour Lights" })).toBeTruthy();
  expect(screen.getByText("The Tide Clocks")).toBeTruthy();
  expect(screen.getByText("Low Water · 1992")).toBeTruthy();
  expect(screen.getByText("99.98 % sure")).toBeTruthy();
  expect(screen.getByTestId("position").textContent).toMatch(/1:47 of 3:52$/);
  expect(stop).toHaveBeenCalledOnce();
  const why = screen.getByRole("link", { name: "How it knows" }).getAttribute("href") as string;
  expect(hearingOf(why.replace("/why/", ""))?.clip.size).toBe(44 + 2 * 3 * RATE);
});

test("links lead to the services that are known, and nowhere else", async () => {
  await listen();
  play(1);
  const external_metadata = {
    spotify: [{ track: { id: "x" }, url: "https://music.example/x" }],
    youtube: [{ vid: "y", url: "javascript:alert(1)" }],
  };
  act(() => events.match(match(42, { external_metadata }), 1000, 0));
  expect(screen.getByRole("link", { name: "Spotify" }).getAttribute("href")).toBe(
    "https://music.example/x",
  );
  expect(screen.queryByRole("link", { name: "YouTube" })).toBeNull();
});

test.each([
  ["too quiet", 6, 0.0001],
  ["too short", 2, 0.3],
  ["not in your library", 6, 0.3],
])("no match says what could help: %s", async (words, seconds, level) => {
  const user = await listen();
  play(seconds, level);
  await user.click(screen.getByRole("button", { name: "Stop and answer" }));
  act(() => events.noMatch());
  expect(screen.getByRole("heading", { name: "No match" })).toBeTruthy();
  expect(screen.getByText(new RegExp(words))).toBeTruthy();
  expect(screen.getByRole("link", { name: "What it heard" })).toBeTruthy();
});

test.each([
  ["refused", "The microphone is blocked"],
  ["insecure", "This address cannot use the microphone"],
  ["missing", "No microphone was found"],
] as const)("a microphone that is %s is explained", async (fault, title) => {
  vi.mocked(capture).mockRejectedValue(new CaptureError(fault));
  await listen();
  expect((await screen.findByRole("alert")).textContent).toContain(title);
  expect(screen.getByRole("button", { name: "A file" })).toBeTruthy();
});

test("a lost connection is told, and that it came back", async () => {
  await listen();
  act(() => events.connected(false));
  expect(screen.getByText(/connection was lost/)).toBeTruthy();
  act(() => events.connected(true));
  expect(screen.queryByText(/connection was lost/)).toBeNull();
});

test("a wrong answer is not given again, and others are offered", async () => {
  const asked = serve({
    "GET /v1/stats": stats(),
    "POST /v1/recognize": {
      status: "ok",
      query: { id: "Q", duration_ms: 3000, landmarks: 1, took_ms: 1 },
      results: [match(42), match(7, { title: "Copper Moon", score: 0.2 })],
    },
  });
  const user = await listen();
  play(3);
  act(() => events.match(match(42, { title: "Harbour Lights" }), 3000, 0));
  await user.click(screen.getByRole("button", { name: "Not this one" }));
  const other = await screen.findByRole("button", { name: "It was Copper Moon" });
  expect(screen.getAllByRole("button", { name: /^It was/ }).length).toBe(1);
  expect(asked.at(-1)?.query.get("min_score")).toBe("0");
  play(3);
  act(() => events.match(match(42), 3000, 0));
  expect(screen.getByText(/Not Harbour Lights. Still listening/)).toBeTruthy();
  await user.click(other);
  expect(screen.getByRole("heading", { name: "Copper Moon" })).toBeTruthy();
});

test("a file is recognised", async () => {
  serve({
    "GET /v1/stats": stats(),
    "POST /v1/recognize": {
      status: "ok",
      query: { id: "Q", duration_ms: 5000, landmarks: 1, took_ms: 1 },
      results: [match(7, { title: "Copper Moon" })],
    },
  });
  render(<Listen />);
  await userEvent.upload(
    screen.getByLabelText("A file", { selector: "input" }),
    new File(["…"], "a.mp3", { type: "audio/mpeg" }),
  );
  expect(await screen.findByRole("heading", { name: "Copper Moon" })).toBeTruthy();
});

test("a file that makes no sense is explained in the server's words", async () => {
  serve({
    "GET /v1/stats": stats(),
    "POST /v1/recognize": failure(415, "unsupported_media", "a.mp3: is not audio"),
  });
  render(<Listen />);
  await userEvent.upload(
    screen.getByLabelText("A file", { selector: "input" }),
    new File(["…"], "a.mp3", { type: "audio/mpeg" }),
  );
  expect((await screen.findByRole("alert")).textContent).toContain("is not audio");
});

test("an empty library offers the demo", async () => {
  const asked = serve({
    "GET /v1/stats": stats({ tracks: 0 }),
    "POST /v1/demo": { status: "ok", tracks: [1, 2] },
  });
  render(<Listen />);
  await userEvent.click(await screen.findByRole("button", { name: "Try the demo" }));
  expect(await screen.findByText("Fifteen pieces are in your library")).toBeTruthy();
  expect(asked.some(({ method }) => method === "POST")).toBe(true);
});
