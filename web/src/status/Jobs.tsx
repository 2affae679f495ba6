import { type ReactNode, useState } from "react";
import { api, type Job, type Queue } from "../api/client";
import { strings } from "../app/strings";
import { explainError, sentence } from "../app/words";
import { Icon } from "../ui/Icon";
import { Meter } from "../ui/Meter";
import { since } from "./since";
import { useRepeated } from "./useRepeated";
import { Workers } from "./Workers";

const text = strings.status.jobs;
const EVERY_MS = 2000;
const SHOWN = 20;

/** What goes on in the background, what failed, and who works on it. */
export function Jobs() {
  const [work, look] = useRepeated(lookAround, EVERY_MS);
  if (!work) return null;
  const { queue, running, failed } = work;
  const { jobs } = queue;
  return (
    <div className="charts">
      <section className="card">
        <h2>{text.title}</h2>
        <dl className="counts">
          <Count name={text.queued} value={jobs.queued} />
          <Count name={text.running} value={jobs.running} />
          <Count name={text.done} value={jobs.done} />
          <Count name={text.failed} value={jobs.failed} tone={jobs.failed ? "fault" : ""} />
        </dl>
        {queue.waiting_since && (
          <p className="small muted">{text.waiting(since(queue.waiting_since))}</p>
        )}
        {running.length > 0 && (
          <ul className="jobs" aria-label={text.running}>
            {running.map((job) => (
              <Running key={job.id} job={job} changed={look} />
            ))}
          </ul>
        )}
        {failed.length > 0 && (
          <ul className="jobs" aria-label={text.failed}>
            {failed.map((job) => (
              <Failed key={job.id} job={job} changed={look} />
            ))}
            {jobs.failed > failed.length && (
              <li className="small muted">{text.more(jobs.failed - failed.length)}</li>
            )}
          </ul>
        )}
        {!running.length && !failed.length && !jobs.queued && (
          <p className="small muted">{text.none}</p>
        )}
      </section>
      <Workers queue={queue} />
    </div>
  );
}

async function lookAround() {
  const queue: Queue = await api.queue();
  const some = async (state: "running" | "failed") =>
    queue.jobs[state] ? await api.jobs({ state, limit: SHOWN }) : [];
  const [running, failed] = await Promise.all([some("running"), some("failed")]);
  return { queue, running, failed };
}

function Count({ name, value, tone = "" }: { name: string; value: number; tone?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={tone}>{value.toLocaleString()}</dd>
    </div>
  );
}

function Running({ job, changed }: { job: Job; changed(): void }) {
  const { id, progress, message } = job;
  return (
    <Line
      job={job}
      state={`${message ? `${message}, ` : ""}${progress} %`}
      icon="close"
      label={text.cancel(nameOf(job))}
      act={() => api.cancelJob(id)}
      changed={changed}
    >
      <Meter share={progress / 100} tone="teal" />
    </Line>
  );
}

function Failed({ job, changed }: { job: Job; changed(): void }) {
  const { id, error, subject } = job;
  const reason = error?.message.replace(`${subject}: `, "") ?? "";
  return (
    <Line
      job={job}
      state={when(job.updated_at)}
      icon="retry"
      label={text.retry(nameOf(job))}
      act={() => api.retryJob(id)}
      changed={changed}
    >
      <p className="small fault">{sentence(reason)}</p>
    </Line>
  );
}

interface LineProps {
  job: Job;
  state: string;
  icon: "close" | "retry";
  label: string;
  act(): Promise<unknown>;
  changed(): void;
  children: ReactNode;
}

function Line({ job, state, icon, label, act, changed, children }: LineProps) {
  const [fault, setFault] = useState("");
  const [acting, setActing] = useState(false);
  const press = async () => {
    setFault("");
    setActing(true);
    try {
      await act();
      changed();
    } catch (error) {
      setFault(explainError(error));
    }
    setActing(false);
  };
  return (
    <li>
      <div>
        <p className="name">{nameOf(job)}</p>
        <p className="small muted">{`${text.kinds[job.kind] ?? job.kind} · ${state}`}</p>
        {children}
        {fault && (
          <p className="small fault" role="alert">
            {fault}
          </p>
        )}
      </div>
      <button
        type="button"
        className="icon-button"
        aria-label={label}
        title={label}
        disabled={acting}
        onClick={() => void press()}
      >
        <Icon name={icon} />
      </button>
    </li>
  );
}

function nameOf({ subject, kind }: Job): string {
  return subject || (text.kinds[kind] ?? kind);
}

function when(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
