import type { MouseEvent } from "react";
import type { DuplicatePage } from "../api/client";
import { strings } from "../app/strings";
import { explainError, sentence } from "../app/words";
import { since } from "../status/since";
import { Icon } from "../ui/Icon";
import { Meter } from "../ui/Meter";
import type { Scan } from "./useScan";

const text = strings.duplicates;
const NOW_MS = 60_000;

interface ScanBarProps {
  page: DuplicatePage;
  scan: Scan;
}

/** When duplicates were last looked for, and how far it is now. */
export function ScanBar({ page, scan }: ScanBarProps) {
  const { running, job } = scan;
  const press = ({ detail }: MouseEvent) => {
    // The second click of two is not meant for what the button has become.
    if (detail > 1) return;
    if (running) scan.cancel();
    else scan.look();
  };
  const urgent = !running && page.waiting > 0;
  return (
    <section className="card scan" aria-label={text.scan}>
      <div className="words">
        <p role="status">{running ? text.looking : rest(page, scan)}</p>
        {running && (
          <p className="small muted">
            {job?.state === "running" && job.message ? sentence(job.message) : text.queued}
          </p>
        )}
        <Fault scan={scan} />
      </div>
      {running && <span className="percent">{text.percent(job?.progress ?? 0)}</span>}
      <button type="button" className={`button${urgent ? " primary" : ""}`} onClick={press}>
        <Icon name={running ? "close" : "search"} />
        {running ? text.cancel : text.look}
      </button>
      {running && <Meter share={(job?.progress ?? 0) / 100} tone="teal" />}
    </section>
  );
}

function Fault({ scan: { running, job, fault } }: { scan: Scan }) {
  const failed = !running && job?.state === "failed" ? (job.error?.message ?? "") : null;
  if (fault === null && failed === null) return null;
  return (
    <p className="small fault" role="alert">
      {fault !== null
        ? explainError(fault)
        : [text.failedScan, failed && sentence(failed)].filter(Boolean).join(" ")}
    </p>
  );
}

/** How things stand while nobody looks. */
function rest({ scanned_at, waiting }: DuplicatePage, { job }: Scan): string {
  const looked =
    scanned_at === null
      ? text.never
      : Date.now() - Date.parse(scanned_at) < NOW_MS
        ? text.lookedNow
        : text.looked(since(scanned_at));
  return `${job?.state === "cancelled" ? text.stopped : looked} ${text.waiting(waiting)}`;
}
