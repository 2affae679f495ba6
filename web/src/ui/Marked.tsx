import { Fragment } from "react";

interface MarkedProps {
  text: string;
  /** Parts from a character up to another one, which is excluded; in order. */
  ranges: readonly [number, number][] | undefined;
}

/** A text in which some parts stand out. */
export function Marked({ text, ranges }: MarkedProps) {
  if (!ranges?.length) return text;
  // The server counts whole characters, JavaScript halves of some.
  const characters = Array.from(text);
  const part = (from: number, to?: number) => characters.slice(from, to).join("");
  let end = 0;
  return (
    <>
      {ranges.map(([from, to]) => {
        const before = part(end, from);
        end = to;
        return (
          <Fragment key={from}>
            {before}
            <mark>{part(from, to)}</mark>
          </Fragment>
        );
      })}
      {part(end)}
    </>
  );
}
