import type { DayCount } from "../api/client";

export type Period = "week" | "month" | "quarter" | "year" | "all";

const DAYS: Record<Exclude<Period, "all">, number> = { week: 7, month: 30, quarter: 90, year: 365 };
const MOST_BARS = 60;

/** The midnight with which a period that ends today begins; null for all time. */
export function beginning(period: Period, now = new Date()): Date | null {
  if (period === "all") return null;
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  day.setDate(day.getDate() - DAYS[period] + 1);
  return day;
}

export interface Bar {
  /** The first and the last day that it counts. */
  from: Date;
  to: Date;
  matched: number;
  unmatched: number;
}

/** Days as bars, with those on which nothing was heard; of very many, some days share a bar. */
export function toBars(counts: readonly DayCount[], from: Date | null, now = new Date()): Bar[] {
  const byDay = new Map(counts.map((count) => [count.day, count]));
  const first = from ?? (counts[0] ? parseDay(counts[0].day) : now);
  const days: Bar[] = [];
  for (const day = new Date(first); day <= now; day.setDate(day.getDate() + 1)) {
    const { matched = 0, unmatched = 0 } = byDay.get(formatDay(day)) ?? {};
    days.push({ from: new Date(day), to: new Date(day), matched, unmatched });
  }
  const together = Math.ceil(days.length / MOST_BARS);
  const bars: Bar[] = [];
  // Counted from the end: the last bar is as full as the others.
  for (let end = days.length; end > 0; end -= together) {
    const some = days.slice(Math.max(0, end - together), end);
    bars.unshift({
      from: (some[0] as Bar).from,
      to: (some.at(-1) as Bar).to,
      matched: some.reduce((sum, { matched }) => sum + matched, 0),
      unmatched: some.reduce((sum, { unmatched }) => sum + unmatched, 0),
    });
  }
  return bars;
}

/** The time zone in which the browser's days begin. */
export function timeZone(): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone && zone !== "Etc/Unknown" ? zone : "UTC";
}

/** `2026-01-31`, in the browser's time zone. */
export function formatDay(day: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

function parseDay(day: string): Date {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date);
}
