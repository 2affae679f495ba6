import type { ReactNode } from "react";
import type { Stats } from "../api/client";
import { bytes } from "../app/format";
import { strings } from "../app/strings";
import { explainError } from "../app/words";
import { Note } from "../ui/Note";
import { Waiting } from "../ui/Waiting";
import { Charts } from "./Charts";
import { Jobs } from "./Jobs";
import { number } from "./number";
import { Providers } from "./Providers";
import { type Polled, usePolling } from "./usePolling";
import "./status.css";

const text = strings.status;

/** How the server is, now and over the last minutes. */
export default function Status() {
  const polled = usePolling();
  const { stats, ready } = polled;
  return (
    <div className="page status">
      <header className="page-head">
        <h1>{text.title}</h1>
        {ready !== "unknown" && <Health polled={polled} />}
      </header>
      {stats ? (
        <Figures stats={stats} polled={polled} />
      ) : ready === "away" ? (
        <Note title={text.away} text={text.awayText} />
      ) : (
        <Waiting />
      )}
    </div>
  );
}

function Health({ polled: { ready, reason } }: { polled: Polled }) {
  const words = {
    unknown: "",
    ready: text.ready,
    "not-ready": text.notReady,
    away: text.away,
  }[ready];
  const more = {
    unknown: "",
    ready: text.readyText,
    "not-ready": explainError(reason),
    away: text.awayText,
  }[ready];
  return (
    <p className={`health ${ready}`} role="status">
      <span className="light" />
      <strong>{words}</strong>
      <span className="muted small">{more}</span>
    </p>
  );
}

function Figures({ stats, polled }: { stats: Stats; polled: Polled }) {
  const { index, streams, cache } = stats;
  const hours = stats.duration_ms / 3_600_000;
  const music =
    hours >= 1 ? text.hours(number(hours, 1)) : text.minutes(number(stats.duration_ms / 60_000, 0));
  const asked = cache.hits + cache.misses > 0;
  return (
    <>
      <dl className="big">
        <Figure name={text.tracks} value={stats.tracks.toLocaleString()} />
        <Figure name={text.music} value={music} />
        <Figure name={text.index} value={bytes(index.bytes)} />
        <Figure name={text.streams} value={text.streamsOf(streams.active, streams.max)} />
      </dl>
      <Jobs />
      <Charts stats={stats} samples={polled.samples} />
      <div className="charts">
        <Table title={text.indexTitle}>
          <Figure name={text.segments} value={index.segments.toLocaleString()} />
          <Figure name={text.postings} value={index.postings.toLocaleString()} />
          <Figure name={text.tombstones} value={index.tombstones.toLocaleString()} />
          <Figure
            name={text.perTrack}
            value={stats.tracks ? bytes(index.bytes / stats.tracks) : "–"}
          />
        </Table>
        <Table title={text.storage}>
          <Figure name={text.index} value={bytes(index.bytes)} />
          <Figure name={text.catalog} value={bytes(stats.catalog_bytes)} />
          <Figure name={text.fingerprints} value={bytes(stats.fingerprint_bytes)} />
          <Figure name={text.version} value={stats.version} />
        </Table>
        <Table title={text.cache.title}>
          <Figure
            name={text.cache.rate}
            value={asked ? `${number(100 * cache.hit_rate, 1)} %` : text.cache.unused}
          />
          <Figure name={text.cache.hits} value={cache.hits.toLocaleString()} />
          <Figure name={text.cache.misses} value={cache.misses.toLocaleString()} />
          {cache.failures > 0 && (
            <Figure name={text.cache.failures} value={cache.failures.toLocaleString()} />
          )}
        </Table>
        <Providers />
      </div>
    </>
  );
}

function Table({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="card">
      <h2>{title}</h2>
      <dl className="facts">{children}</dl>
    </section>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
