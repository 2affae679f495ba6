import { expect, test } from "vitest";
import { beginning, formatDay, toBars } from "./period";

const NOW = new Date(2026, 2, 3, 15, 30);

test("a period begins at midnight and ends today", () => {
  expect(beginning("week", NOW)).toEqual(new Date(2026, 1, 25));
  expect(beginning("all", NOW)).toBeNull();
});

test("days without any have a bar too", () => {
  const counts = [
    { day: "2026-02-26", matched: 3, unmatched: 1 },
    { day: "2026-03-03", matched: 2, unmatched: 0 },
  ];
  const bars = toBars(counts, beginning("week", NOW), NOW);
  expect(bars.map(({ matched }) => matched)).toEqual([0, 3, 0, 0, 0, 0, 2]);
  expect(bars.map(({ from }) => formatDay(from)).at(-1)).toBe("2026-03-03");
  expect(toBars(counts, null, NOW).length).toBe(6);
  expect(toBars([], null, NOW).length).toBe(1);
});

test("a long time has no more bars than can be told apart", () => {
  const counts = [
    { day: "2025-03-04", matched: 1, unmatched: 0 },
    { day: "2026-03-03", matched: 5, unmatched: 2 },
  ];
  const bars = toBars(counts, beginning("year", NOW), NOW);
  expect(bars.length).toBeLessThanOrEqual(60);
  expect(bars.reduce((sum, { matched }) => sum + matched, 0)).toBe(6);
  expect(formatDay(bars[0]?.from as Date)).toBe("2025-03-04");
  expect(formatDay(bars.at(-1)?.to as Date)).toBe("2026-03-03");
});
