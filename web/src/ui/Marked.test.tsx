import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import { Marked } from "./Marked";

function marks(text: string, ranges: [number, number][] | undefined): [string | null, string[]] {
  const { container } = render(<Marked text={text} ranges={ranges} />);
  const found = Array.from(container.querySelectorAll("mark"), (mark) => mark.textContent ?? "");
  return [container.textContent, found];
}

test("parts stand out, and the text stays what it is", () => {
  const ranges: [number, number][] = [
    [0, 7],
    [8, 14],
  ];
  expect(marks("Harbour Lights", ranges)).toEqual(["Harbour Lights", ["Harbour", "Lights"]]);
  expect(marks("Harbour", [])).toEqual(["Harbour", []]);
  expect(marks("<b>", undefined)).toEqual(["<b>", []]);
});

test("characters are whole ones", () => {
  expect(marks("🔥🔥 Hot", [[1, 6]])).toEqual(["🔥🔥 Hot", ["🔥 Hot"]]);
});
