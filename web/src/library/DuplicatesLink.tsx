import { useEffect, useState } from "react";
import { Link } from "wouter";
import { api } from "../api/client";
import { strings } from "../app/strings";
import { changes } from "../duplicates/changes";
import { Icon } from "../ui/Icon";

const text = strings.duplicates;

/** The way to the duplicates, and how many there are. */
export function DuplicatesLink() {
  const [total, setTotal] = useState(0);
  useEffect(() => {
    // Without the number it is a way all the same.
    const count = () =>
      void api.duplicates({ limit: 1 }).then(
        ({ total }) => setTotal(total),
        () => {},
      );
    count();
    return changes.onDone(count);
  }, []);
  return (
    <Link href="/library/duplicates" className="button quiet twice" title={text.linkTitle(total)}>
      <Icon name="copies" />
      <span>{text.title}</span>{" "}
      {total > 0 && <span className="badge">{total.toLocaleString()}</span>}
    </Link>
  );
}
