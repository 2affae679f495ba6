import { render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { failure, serve, stats } from "../test/server";
import Status from "./Status";

vi.mock("./Chart", () => ({
  Chart: ({ label, at }: { label: string; at: unknown[] }) => (
    <p>
      {label} #{at.length}
    </p>
  ),
}));

const heard = (ms: number) => ({ id: ms, source: "live", duration_ms: ms });

test("what the server tells is shown", async () => {
  serve({
    "GET /v1/stats": stats(),
    "GET /health/ready": { status: "ok" },
    "GET /v1/history": {
      status: "ok",
      total: 3,
      next: null,
      history: [heard(1500), heard(9000), heard(1200)],
    },
  });
  render(<Status />);
  expect(await screen.findByText("Ready")).toBeTruthy();
  expect(screen.getByText("15")).toBeTruthy();
  expect(screen.getByText("19 min")).toBeTruthy();
  expect(screen.getByText("84,397")).toBeTruthy();
  expect(screen.getByText("90 %")).toBeTruthy();
  expect(screen.getByText("Live streams: 1 of 32 #1")).toBeTruthy();
  expect(
    screen.getByText("Recognising a clip: Median 31 ms, 95 of 100 within 84 ms #1"),
  ).toBeTruthy();
  const matches = "Time to match: Median 1.5 s of sound, last 3 matches #3";
  expect(await screen.findByText(matches)).toBeTruthy();
});

test("what has not been used yet says so", async () => {
  const none = { count: 0, p50_ms: null, p95_ms: null };
  const cache = { hits: 0, misses: 0, failures: 0, hit_rate: 0 };
  serve({
    "GET /v1/stats": stats({ latency: none, time_to_match: none, cache }),
    "GET /health/ready": { status: "ok" },
    "GET /v1/history": { status: "ok", total: 0, next: null, history: [] },
  });
  render(<Status />);
  expect(await screen.findByText("No clip in the last five minutes")).toBeTruthy();
  expect(screen.getByText("Nothing was recognised while listening yet")).toBeTruthy();
  expect(screen.getByText("not asked yet")).toBeTruthy();
});

test("a server that is not ready says why", async () => {
  serve({
    "GET /v1/stats": stats(),
    "GET /health/ready": failure(503, "not_ready", "the database is locked"),
  });
  render(<Status />);
  expect(await screen.findByText("Not ready")).toBeTruthy();
  expect(screen.getByText("The database is locked.")).toBeTruthy();
});

test("a server that is away is told apart", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed")));
  render(<Status />);
  expect((await screen.findAllByText("No answer")).length).toBeGreaterThan(0);
});

const provider = {
  name: "musicbrainz",
  enabled: true,
  trouble: null,
  resting_until: null,
  calls_today: 0,
  tracks: { found: 1201, none: 49, failed: 0, link: 0, waiting: 12 },
};

test("who is asked about tracks is told, and what is amiss", async () => {
  const trouble = "youtube does not accept the key";
  serve({
    "GET /v1/stats": stats(),
    "GET /health/ready": { status: "ok" },
    "GET /v1/providers": {
      status: "ok",
      providers: [
        provider,
        { ...provider, name: "youtube", trouble },
        { ...provider, name: "spotify", enabled: false },
      ],
    },
  });
  render(<Status />);
  expect(await screen.findByText("Asked about tracks")).toBeTruthy();
  expect(screen.getAllByText(/knows 1,201, 12 to go/).length).toBe(2);
  expect(screen.getByText(trouble)).toBeTruthy();
  expect(screen.queryByText("Spotify")).toBeNull();
});
