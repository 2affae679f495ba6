import { api, type Stats } from "../api/client";
import { strings } from "../app/strings";
import { Chart, type Line, type Past } from "./Chart";
import { number } from "./number";
import type { Sample } from "./usePolling";
import { useRepeated } from "./useRepeated";

const text = strings.status;
const MATCHES = 50;
const MATCHES_EVERY_MS = 10_000;
const MINUTES: Past = {
  from: -300,
  splits: [-240, -120, 0],
  format: (seconds) => text.ago(-seconds),
};
const TIMES: Past = {
  from: 1 - MATCHES,
  splits: [-40, -20, 0],
  format: (count) => text.matchesAgo(-count),
};
const ms = (value: number) => text.ms(number(value, 0));
const seconds = (value: number) => text.seconds(number(value / 1000, 1));

/** How quickly answers came, and how busy it was. */
export function Charts({ stats, samples }: { stats: Stats; samples: readonly Sample[] }) {
  const { latency, streams } = stats;
  const now = samples.at(-1)?.at ?? 0;
  const at = samples.map((sample) => sample.at - now);
  const answer = samples.findLast(({ answerMs }) => answerMs !== null)?.answerMs ?? 0;
  return (
    <div className="charts wide">
      <Card
        title={text.latency}
        about={
          latency.p50_ms === null || latency.p95_ms === null
            ? text.latencyNone
            : text.latencyAbout(ms(latency.p50_ms), ms(latency.p95_ms))
        }
        at={at}
        past={MINUTES}
        lines={[
          { values: samples.map(({ p95Ms }) => p95Ms), token: "--line-strong" },
          { values: samples.map(({ p50Ms }) => p50Ms), token: "--teal" },
        ]}
        least={100}
        format={ms}
      />
      <Matches />
      <Card
        title={text.streams}
        about={text.streamsOf(streams.active, streams.max)}
        at={at}
        past={MINUTES}
        lines={[{ values: samples.map(({ streams }) => streams), token: "--ember" }]}
        format={(value) => (Number.isInteger(value) ? String(value) : "")}
      />
      <Card
        title={text.answer}
        about={ms(answer)}
        at={at}
        past={MINUTES}
        lines={[{ values: samples.map(({ answerMs }) => answerMs), token: "--teal" }]}
        least={100}
        format={ms}
      />
    </div>
  );
}

/** How much the last live streams heard until they were recognised. */
function Matches() {
  const [found] = useRepeated(lastMatches, MATCHES_EVERY_MS);
  const heard = found ?? [];
  const median = heard.toSorted((a, b) => a - b)[heard.length >> 1];
  return (
    <Card
      title={text.toMatch}
      about={
        median === undefined ? text.toMatchNone : text.toMatchAbout(seconds(median), heard.length)
      }
      at={heard.map((_, index) => index + 1 - heard.length)}
      past={TIMES}
      lines={[{ values: heard, token: "--ember", dots: true }]}
      least={1000}
      format={seconds}
    />
  );
}

/** Milliseconds of sound, the newest last. */
async function lastMatches(): Promise<number[]> {
  const { history } = await api.history({ source: "live", matched: true, limit: MATCHES });
  return history.map(({ duration_ms }) => duration_ms).reverse();
}

interface CardProps {
  title: string;
  about: string;
  at: readonly number[];
  past: Past;
  lines: readonly Line[];
  least?: number;
  format(value: number): string;
}

function Card({ title, about, ...chart }: CardProps) {
  return (
    <section className="card">
      <h2>{title}</h2>
      <p className="now">{about}</p>
      <Chart label={`${title}: ${about}`} {...chart} />
    </section>
  );
}
