import { expect, test } from "vitest";
import { bytes, clock, share } from "./format";

test.each([
  [0, "0:00"],
  [107_999, "1:47"],
  [3_725_000, "1:02:05"],
  [-5, "0:00"],
])("%d ms is %s", (ms, words) => expect(clock(ms)).toBe(words));

test.each([
  [0, "0 %"],
  [0.416, "41 %"],
  [0.995, "99.5 %"],
  [0.99987, "99.98 %"],
  [0.999999, "99.99 %"],
  [1, "99.99 %"],
])("the probability %d is %s, never more than it is", (probability, words) =>
  expect(share(probability)).toBe(words),
);

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [28_200, "28.2 kB"],
  [451_000_000, "451 MB"],
])("%d bytes are %s", (count, words) => expect(bytes(count)).toBe(words));
