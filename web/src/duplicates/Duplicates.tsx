import { useEffect, useRef } from "react";
import { Link } from "wouter";
import type { DuplicatePage } from "../api/client";
import { strings } from "../app/strings";
import { usePreview } from "../library/usePreview";
import { Failed } from "../ui/Failed";
import { Icon } from "../ui/Icon";
import { Note } from "../ui/Note";
import { Toasts } from "../ui/Toasts";
import { Waiting } from "../ui/Waiting";
import { changes } from "./changes";
import { Group } from "./Group";
import { isSettled, nameOfChange } from "./names";
import { ScanBar } from "./ScanBar";
import { type Changed, useChanges } from "./useChanges";
import { useGroups } from "./useGroups";
import { useScan } from "./useScan";
import "./duplicates.css";

const text = strings.duplicates;

/** Recordings that the library holds more than once. */
export default function Duplicates() {
  const groups = useGroups();
  const { page, fault, reload } = groups;
  const scan = useScan(page?.job_id ?? null, reload);
  const changed = useChanges();

  // What is found shows at once where nothing is shown yet; else it would move what is looked at.
  const result = scan.job?.result;
  const pairs = scan.running && result && "pairs" in result ? result.pairs : 0;
  const none = page?.groups.length === 0;
  useEffect(() => {
    if (pairs && none) reload();
  }, [pairs, none, reload]);

  const left = page && page.total - page.groups.filter((one) => isSettled(one, changed)).length;
  return (
    <div className="page duplicates">
      <header className="page-head">
        <Link href="/library" className="icon-button" aria-label={text.back} title={text.back}>
          <Icon name="back" />
        </Link>
        <h1 tabIndex={-1}>
          {text.title}
          {left !== null && page?.total !== 0 && (
            <span className="count" role="status">
              {text.count(left)}
            </span>
          )}
        </h1>
      </header>
      {page && <ScanBar page={page} scan={scan} />}
      {page ? (
        <Content page={page} groups={groups} changed={changed} looking={scan.running} />
      ) : fault === null ? (
        <Waiting />
      ) : null}
      {fault !== null && <Failed title={text.failed} fault={fault} retry={reload} />}
      <Toasts
        deletions={changes}
        name={nameOfChange}
        words={({ kind }) => (kind === "apart" ? text.setApart : text.removed)}
      />
    </div>
  );
}

interface ContentProps {
  page: DuplicatePage;
  groups: ReturnType<typeof useGroups>;
  changed: Changed;
  looking: boolean;
}

function Content({ page, groups, changed, looking }: ContentProps) {
  const preview = usePreview();
  const list = useRef<HTMLUListElement>(null);
  const wanted = useRef<number | null>(null); // the first group that "more" brings
  const count = page.groups.length;
  useEffect(() => {
    if (wanted.current === null || count <= wanted.current) return;
    list.current?.querySelectorAll<HTMLElement>(".group")[wanted.current]?.focus();
    wanted.current = null;
  }, [count]);

  if (!count) return looking ? null : <None page={page} />;
  return (
    <>
      <p className="about small muted">{text.about}</p>
      <ul className="groups" ref={list} aria-label={text.list}>
        {page.groups.map((group) => (
          <Group key={group.id} group={group} changed={changed} preview={preview} />
        ))}
      </ul>
      {page.next !== null && (
        <p className="further">
          <button
            type="button"
            className="button"
            aria-disabled={groups.loadingMore}
            onClick={() => {
              wanted.current = count;
              groups.more();
            }}
          >
            {text.more}
          </button>
        </p>
      )}
    </>
  );
}

function None({ page: { scanned_at, waiting } }: { page: DuplicatePage }) {
  if (scanned_at !== null) return <Note title={text.none.title} text={text.none.text} />;
  if (waiting) return <Note title={text.unlooked.title} text={text.unlooked.text} />;
  return (
    <Note title={text.empty.title} text={text.empty.text}>
      <Link href="/library" className="button primary">
        {text.empty.go}
      </Link>
    </Note>
  );
}
