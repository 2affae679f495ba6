import type { Queue } from "../api/client";
import { strings } from "../app/strings";
import { sentence } from "../app/words";
import { since } from "./since";

const text = strings.status.workers;

/** Who works on jobs. */
export function Workers({ queue: { workers, trouble } }: { queue: Queue }) {
  return (
    <section className="card">
      <h2>{text.title}</h2>
      {trouble && <p className="small fault">{sentence(trouble)}</p>}
      {!workers.length && !trouble && <p className="small fault">{text.none}</p>}
      <ul className="workers">
        {workers.map(({ name, kind, state, at_once, jobs, started_at, last_seen_at }) => (
          <li key={name} className={state}>
            <span className="light" />
            <div>
              <p className="name">{kind === "server" ? text.server : name}</p>
              <p className="small muted">
                {state === "gone"
                  ? text.gone(since(last_seen_at))
                  : `${state === "busy" ? text.busy(jobs.length, at_once) : text.idle(at_once)} · ${text.up(since(started_at))}`}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
