import type { Ref } from "react";
import "./meter.css";

interface MeterProps {
  /** 0 to 1; left out where the bar is moved by `fill`. */
  share?: number;
  tone?: "ember" | "teal";
  fill?: Ref<HTMLSpanElement>;
}

/** A bar that fills; the words beside it say the same. */
export function Meter({ share = 0, tone = "ember", fill }: MeterProps) {
  return (
    <span className={`meter ${tone}`} aria-hidden="true">
      <span ref={fill} style={{ transform: fillTo(share) }} />
    </span>
  );
}

/** The transform of a bar's filling; its ends stay round. */
export function fillTo(share: number): string {
  return `translateX(${(-100 * (1 - Math.max(0, Math.min(1, share)))).toFixed(2)}%)`;
}
