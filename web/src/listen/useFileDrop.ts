import { useEffect, useEffectEvent, useState } from "react";

/** Take files dropped anywhere on the page; returns whether some are being held over it. */
export function useFileDrop(take: (files: File[], data: DataTransfer) => void): boolean {
  const [over, setOver] = useState(false);
  const taken = useEffectEvent(take);
  useEffect(() => {
    let depth = 0; // of elements entered and not left
    const files = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent) => {
      if (!files(event)) return;
      depth++;
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (files(event) && --depth <= 0) setOver(false);
    };
    const hold = (event: DragEvent) => {
      if (files(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      if (!event.dataTransfer || !files(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      taken([...event.dataTransfer.files], event.dataTransfer);
    };
    const stop = new AbortController();
    const { signal } = stop;
    addEventListener("dragenter", enter, { signal });
    addEventListener("dragleave", leave, { signal });
    addEventListener("dragover", hold, { signal });
    addEventListener("drop", drop, { signal });
    return () => stop.abort();
  }, []);
  return over;
}
