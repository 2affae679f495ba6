import { useEffect, useState } from "react";
import { api, type Track } from "../api/client";
import { Deletions } from "../app/deletions";
import { useStore } from "../app/store";
import { strings } from "../app/strings";
import { changes } from "../duplicates/changes";
import { useFileDrop } from "../listen/useFileDrop";
import { Failed } from "../ui/Failed";
import { Note } from "../ui/Note";
import { Toasts } from "../ui/Toasts";
import { Waiting } from "../ui/Waiting";
import { AddButtons } from "./AddButtons";
import { DuplicatesLink } from "./DuplicatesLink";
import { EditDialog } from "./EditDialog";
import { type Choice, Filters, NO_CHOICE, toSelection } from "./Filters";
import { dropped, onlyAudio } from "./files";
import { TrackTable } from "./TrackTable";
import { UploadList } from "./UploadList";
import { uploads } from "./uploads";
import { usePreview } from "./usePreview";
import { useTracks } from "./useTracks";
import "./library.css";

const text = strings.library;
const RELOAD_MS = 600;
const deletions = new Deletions<Track>(({ id }) => api.remove(id));

/** Every track: find, play, edit, delete, add. */
export default function Library() {
  const [choice, setChoice] = useState<Choice>(NO_CHOICE);
  const [editing, setEditing] = useState<Track | null>(null);
  const [warning, setWarning] = useState("");
  const tracks = useTracks(toSelection(choice));
  const deleting = useStore(deletions.state);
  const preview = usePreview();
  const { reload } = tracks;

  // Many changes in a row are shown together.
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(reload, RELOAD_MS);
    };
    const forget = [uploads.onAdded(soon), deletions.onDone(reload), changes.onDone(soon)];
    return () => {
      clearTimeout(timer);
      for (const stop of forget) stop();
    };
  }, [reload]);

  const add = (files: File[]) => {
    const audio = onlyAudio(files);
    setWarning(files.length && !audio.length ? text.upload.noAudio : "");
    uploads.add(audio);
  };
  const dropping = useFileDrop((_files, data) => void dropped(data).then(add));

  const chosen = choice.query !== "" || choice.genre !== "" || choice.decade !== null;
  const { total } = tracks;
  return (
    <div className="library">
      <header className="page-head">
        <h1>
          {text.title}
          {total !== null && (
            <span className="count" role="status">
              {text.count(total)}
            </span>
          )}
        </h1>
        {(total !== 0 || chosen) && (
          <>
            <DuplicatesLink />
            <AddButtons add={add} />
          </>
        )}
      </header>
      {warning && (
        <p className="warning small" role="alert">
          {warning}
        </p>
      )}
      {(total !== 0 || chosen) && <Filters choice={choice} choose={setChoice} />}
      <UploadList />
      {tracks.fault !== null ? (
        <Failed title={text.failed} fault={tracks.fault} retry={reload} />
      ) : total === null ? (
        <Waiting />
      ) : total === 0 ? (
        chosen ? (
          <Note title={text.nothing.title} text={text.nothing.text}>
            <button type="button" className="button" onClick={() => setChoice(NO_CHOICE)}>
              {text.nothing.clear}
            </button>
          </Note>
        ) : (
          <Note title={text.empty.title} text={text.empty.text}>
            <AddButtons add={add} />
          </Note>
        )
      ) : (
        <TrackTable
          tracks={tracks}
          total={total}
          choice={choice}
          choose={setChoice}
          deleting={
            new Set(deleting.filter(({ state }) => state === "undoable").map(({ item }) => item.id))
          }
          remove={(track) => deletions.delete(track)}
          preview={preview}
          edit={setEditing}
        />
      )}
      {editing && (
        <EditDialog
          key={editing.id}
          track={editing}
          saved={tracks.replace}
          close={() => setEditing(null)}
        />
      )}
      <Toasts deletions={deletions} name={({ title }) => title} />
      {dropping && <div className="drop-veil">{text.drop}</div>}
    </div>
  );
}
