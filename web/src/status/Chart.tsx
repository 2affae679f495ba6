import { useEffect, useRef } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { strings } from "../app/strings";
import { onThemeChange, resolveColour } from "../audio/palette";

const TALL = 140;
const WINDOW_S = 300;

interface ChartProps {
  label: string;
  /** Seconds, ascending; the last is now. */
  times: readonly number[];
  values: readonly (number | null)[];
  token: "--ember" | "--teal";
  format(value: number): string;
}

/** A small line over time. */
export function Chart({ label, times, values, token, format }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  const data = useRef<UPlot.AlignedData>([[], []]);
  const now = times.at(-1) ?? 0;
  data.current = [times.map((at) => at - now), [...values]];
  const formatted = useRef(format);
  formatted.current = format;

  useEffect(() => {
    const element = place.current as HTMLDivElement;
    const make = () => {
      plot.current?.destroy();
      plot.current = new UPlot(
        options(element, token, (value) => formatted.current(value)),
        data.current,
        element,
      );
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
  }, [token]);

  useEffect(() => {
    if (times.length) plot.current?.setData(data.current);
  }, [times]);

  return <div ref={place} className="chart" role="img" aria-label={label} />;
}

function options(
  element: Element,
  token: string,
  format: (value: number) => string,
): UPlot.Options {
  const colour = (name: string) => resolveColour(element, name);
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
      x: { time: false, range: [-WINDOW_S, 0] },
      y: { range: (_, _low, high) => [0, Math.max(1, high * 1.15)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        splits: () => [-240, -120, 0],
        values: (_, splits) => splits.map((seconds) => strings.status.ago(-seconds)),
      },
      { ...axis, size: 56, space: 34, values: (_, splits) => splits.map(format) },
    ],
    series: [{}, { stroke: colour(token), width: 2, points: { show: false }, spanGaps: false }],
  };
}
