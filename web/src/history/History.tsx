import { useEffect, useState } from "react";
import { Link } from "wouter";
import { api, exportUrl, type Heard } from "../api/client";
import { Deletions } from "../app/deletions";
import { useStore } from "../app/store";
import { strings } from "../app/strings";
import { Failed } from "../ui/Failed";
import { Icon } from "../ui/Icon";
import { Note } from "../ui/Note";
import { Toasts } from "../ui/Toasts";
import { Waiting } from "../ui/Waiting";
import { ClearDialog } from "./ClearDialog";
import { Days } from "./Days";
import { HeardList, nameOf, timeOf } from "./HeardList";
import { beginning, type Period, toBars } from "./period";
import { Top } from "./Top";
import { type Choice, type Past, useHistory } from "./useHistory";
import "./history.css";

const text = strings.history;
const deletions = new Deletions<Heard>(({ id }) => api.forget(id));

/** What was recognised when. */
export default function History() {
  const [choice, setChoice] = useState<Choice>({ period: "month", shown: "all" });
  const [clearing, setClearing] = useState(false);
  const history = useHistory(choice);
  const { past, fault, reload } = history;
  useEffect(() => deletions.onDone(reload), [reload]);

  return (
    <div className="page history">
      <header className="page-head">
        <h1>
          {text.title}
          {past && (
            <span className="count" role="status">
              {text.count(past.total)}
            </span>
          )}
        </h1>
        {past && <Actions from={choice.period} clear={() => setClearing(true)} />}
      </header>
      <Filters choice={choice} choose={setChoice} />
      {past ? (
        <Content past={past} history={history} choose={setChoice} />
      ) : fault === null ? (
        <Waiting />
      ) : null}
      {fault !== null && <Failed title={text.failed} fault={fault} retry={reload} />}
      {clearing && <ClearDialog cleared={reload} close={() => setClearing(false)} />}
      <Toasts deletions={deletions} name={(heard) => text.one(nameOf(heard), timeOf(heard))} />
    </div>
  );
}

function Actions({ from, clear }: { from: Period; clear(): void }) {
  const begin = beginning(from)?.toISOString();
  return (
    <div className="actions">
      {(["csv", "json"] as const).map((format) => (
        <a
          key={format}
          className="button"
          href={exportUrl(format, begin)}
          aria-label={text.export(text.formats[format])}
          title={text.export(text.formats[format])}
          download
        >
          <Icon name="download" />
          {text.formats[format]}
        </a>
      ))}
      <button type="button" className="button quiet" onClick={clear}>
        <Icon name="trash" />
        {text.clear}
      </button>
    </div>
  );
}

interface FiltersProps {
  choice: Choice;
  choose(choice: Choice): void;
}

function Filters({ choice, choose }: FiltersProps) {
  return (
    <search className="filters">
      <select
        className="select"
        aria-label={text.period}
        value={choice.period}
        onChange={({ target }) => choose({ ...choice, period: target.value as Period })}
      >
        {Object.entries(text.periods).map(([period, name]) => (
          <option key={period} value={period}>
            {name}
          </option>
        ))}
      </select>
      <select
        className="select"
        aria-label={text.show}
        value={choice.shown}
        onChange={({ target }) => choose({ ...choice, shown: target.value as Choice["shown"] })}
      >
        {Object.entries(text.shown).map(([shown, name]) => (
          <option key={shown} value={shown}>
            {name}
          </option>
        ))}
      </select>
    </search>
  );
}

interface ContentProps {
  past: Past;
  history: ReturnType<typeof useHistory>;
  choose(choice: Choice): void;
}

function Content({ past, history, choose }: ContentProps) {
  const deleting = useStore(deletions.state);
  const { choice, heard } = past;
  if (!heard.length && choice.period === "all" && choice.shown === "all") {
    return (
      <Note title={text.empty.title} text={text.empty.text}>
        <Link href="/" className="button primary">
          {text.empty.listen}
        </Link>
      </Note>
    );
  }
  const going = deleting.filter(({ state }) => state === "undoable").map(({ item }) => item.id);
  return (
    <>
      <div className="charts">
        <Days bars={toBars(past.days, beginning(choice.period))} />
        <Top tracks={past.top} />
      </div>
      {heard.length ? (
        <HeardList heard={heard} going={new Set(going)} remove={(one) => deletions.delete(one)} />
      ) : (
        <Note title={text.nothing.title} text={text.nothing.text}>
          <button
            type="button"
            className="button"
            onClick={() => choose({ period: "all", shown: "all" })}
          >
            {text.nothing.all}
          </button>
        </Note>
      )}
      {past.next && (
        <p className="further">
          <button
            type="button"
            className="button"
            disabled={history.loadingMore}
            onClick={history.more}
          >
            {text.more}
          </button>
        </p>
      )}
    </>
  );
}
