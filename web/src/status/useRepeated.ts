import { useCallback, useEffect, useState } from "react";

/**
 * Ask again and again for as long as the component is shown; keeps the last answer.
 *
 * `ask` must stay the same. The second value asks at once.
 */
export function useRepeated<T>(ask: () => Promise<T>, everyMs: number): [T | null, () => void] {
  const [answer, setAnswer] = useState<T | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let left = false;
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      try {
        const found = await ask();
        if (!left) setAnswer(found);
      } catch {
        // the page says already that the server is away
      }
      if (!left) timer = setTimeout(() => void look(), everyMs);
    };
    void look();
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [ask, everyMs, turn]);
  return [answer, useCallback(() => setTurn((turn) => turn + 1), [])];
}
