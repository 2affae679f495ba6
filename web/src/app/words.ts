import { ApiError, UNREACHABLE } from "../api/client";
import { strings } from "./strings";

/** What to tell a person about something that failed. */
export function explainError(error: unknown): string {
  if (error instanceof ApiError && error.code !== UNREACHABLE) return sentence(error.message);
  return strings.unreachable;
}

/** The server's messages begin in lower case and have no full stop. */
export function sentence(message: string): string {
  const text = message.trim();
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? "" : ".");
}
