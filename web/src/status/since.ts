import { strings } from "../app/strings";

const text = strings.status.span;

/** How long ago something was, in words. */
export function since(time: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time)) / 1000));
  if (seconds < 100) return text.seconds(seconds);
  if (seconds < 6000) return text.minutes(Math.round(seconds / 60));
  const hours = Math.round(seconds / 3600);
  return hours < 48 ? text.hours(hours) : text.days(Math.round(hours / 24));
}
