import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Explanation } from "../api/client";
import { Confidence } from "./Confidence";
import { Histogram } from "./Histogram";
import { Shares } from "./Shares";
import Why from "./Why";

const EXPLANATION: Explanation = {
  reason: "matched",
  summary: "131 of 160 peaks of the track are in the clip; luck would give 24.",
  begin_ms: 0,
  end_ms: 5000,
  threshold: 0.999,
  candidate: {
    id: 42,
    title: "Harbour Lights",
    artists: [],
    score: 0.9998,
    accepted: true,
    track_begin_ms: 147_200,
    time_skew: 0,
    frequency_skew: 0,
  },
  query_landmarks: [],
  reference_landmarks: [[100, 440, 1]],
  pairs: [],
  offset_histogram: {
    bin_ms: 260,
    background: 1.4,
    bins: [
      [98_190, 3],
      [147_070, 118],
      [171_510, 2],
    ],
  },
  matched_share: 0.8188,
  luck_share: 0.15,
  score_by_time: [
    [250, 0, 0],
    [5000, 0.999, 0],
  ],
};

test("the histogram marks the place of the candidate", () => {
  const { container } = render(<Histogram explanation={EXPLANATION} />);
  expect(screen.getByText("118 votes")).toBeTruthy();
  expect(screen.getByText(/2:27 stands out/)).toBeTruthy();
  expect(container.querySelectorAll("rect.chosen").length).toBe(1);
  expect(container.querySelectorAll("rect.bin").length).toBe(2);
});

test("without votes there is no place", () => {
  const offset_histogram = { bin_ms: 260, background: 0, bins: [] };
  render(<Histogram explanation={{ ...EXPLANATION, offset_histogram }} />);
  expect(screen.getByText(/No place stands out/)).toBeTruthy();
});

test("the threshold lies where the scale has it", () => {
  const { container } = render(<Confidence explanation={EXPLANATION} />);
  const path = container.querySelector("path.score")?.getAttribute("d") ?? "";
  const reached = Number(path.split(" ").at(-1));
  const threshold = Number(container.querySelector("line.threshold")?.getAttribute("y1"));
  expect(reached).toBeCloseTo(threshold, 5);
  expect(screen.getByText(/From 99.9 % on/)).toBeTruthy();
});

test("shares are told in per cent", () => {
  render(<Shares explanation={EXPLANATION} />);
  expect(screen.getByText("81 %")).toBeTruthy();
  expect(screen.getByText("15 %")).toBeTruthy();
});

test("a hearing that is gone leads back", () => {
  render(<Why id="nobody" />);
  expect(screen.getByRole("link", { name: "Go to Listen" })).toBeTruthy();
});
