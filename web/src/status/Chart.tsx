import { useEffect, useRef } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { onThemeChange, resolveColour } from "../audio/palette";

const TALL = 140;

export interface Line {
  values: readonly (number | null)[];
  token: "--ember" | "--teal" | "--line-strong";
  /** Dots instead of a line, for what does not follow from one another. */
  dots?: boolean;
}

/** The axis that lies down; what is newest is at 0. */
export interface Past {
  from: number;
  splits: readonly number[];
  format(value: number): string;
}

interface ChartProps {
  label: string;
  /** Ascending, within the range of `past`. */
  at: readonly number[];
  lines: readonly Line[];
  past: Past;
  /** How high the picture reaches at least. */
  least?: number;
  format(value: number): string;
}

/** A small picture of how something was. */
export function Chart({ label, at, lines, past, least = 1, format }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  const shown = { at, lines, past, least, format };
  const latest = useRef(shown);
  latest.current = shown;

  useEffect(() => {
    const element = place.current as HTMLDivElement;
    const make = () => {
      plot.current?.destroy();
      plot.current = new UPlot(options(element, latest), data(latest.current), element);
    };
    make();
    const resized = new ResizeObserver(() => {
      plot.current?.setSize({ width: element.clientWidth, height: TALL });
    });
    resized.observe(element);
    const forget = onThemeChange(make);
    return () => {
      resized.disconnect();
      forget();
      plot.current?.destroy();
      plot.current = null;
    };
  }, []);

  useEffect(() => {
    plot.current?.setData(data(latest.current));
  }, [at]);

  return <div ref={place} className="chart" role="img" aria-label={label} />;
}

type Shown = Pick<ChartProps, "at" | "lines" | "past" | "format"> & { least: number };

function data({ at, lines }: Shown): UPlot.AlignedData {
  return [[...at], ...lines.map(({ values }) => [...values])];
}

function options(element: Element, { current }: { current: Shown }): UPlot.Options {
  const colour = (name: string) => resolveColour(element, name);
  const { past, lines, least, format } = current;
  const axis: UPlot.Axis = {
    stroke: colour("--muted"),
    font: `12px ${getComputedStyle(element).fontFamily}`,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: TALL,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 24, 0, 0],
    scales: {
      x: { time: false, range: [past.from, 0] },
      y: { range: (_, _low, high) => [0, Math.max(least, high * 1.15)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        splits: () => [...past.splits],
        values: (_, splits) => splits.map(past.format),
      },
      { ...axis, size: 56, space: 34, values: (_, splits) => splits.map(format) },
    ],
    series: [
      {},
      ...lines.map(({ token, dots }): UPlot.Series => {
        const stroke = colour(token);
        return dots
          ? { stroke, width: 0, points: { show: true, size: 7, fill: stroke, width: 0 } }
          : { stroke, width: 2, points: { show: false }, spanGaps: false };
      }),
    ],
  };
}
