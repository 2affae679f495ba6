import { useCallback, useEffect, useState } from "react";
import { repeat } from "./repeat";

/**
 * Ask again and again for as long as the component is shown; keeps the last answer.
 *
 * `ask` must stay the same. The second value asks at once.
 */
export function useRepeated<T>(ask: () => Promise<T>, everyMs: number): [T | null, () => void] {
  const [answer, setAnswer] = useState<T | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(
    () =>
      repeat(async (ended) => {
        try {
          const found = await ask();
          if (!ended()) setAnswer(found);
        } catch {
          // the page says already that the server is away
        }
      }, everyMs),
    [ask, everyMs, turn],
  );
  return [answer, useCallback(() => setTurn((turn) => turn + 1), [])];
}
