import { render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { failure, serve, stats } from "../test/server";
import Status from "./Status";

vi.mock("./Chart", () => ({
  Chart: ({ label, values }: { label: string; values: unknown[] }) => (
    <p>
      {label} #{values.length}
    </p>
  ),
}));

test("what the server tells is shown", async () => {
  serve({ "GET /v1/stats": stats(), "GET /health/ready": { status: "ok" } });
  render(<Status />);
  expect(await screen.findByText("Ready")).toBeTruthy();
  expect(screen.getByText("15")).toBeTruthy();
  expect(screen.getByText("19 min")).toBeTruthy();
  expect(screen.getByText("84,397")).toBeTruthy();
  expect(screen.getByText("Live streams: 1 of 32 #1")).toBeTruthy();
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
