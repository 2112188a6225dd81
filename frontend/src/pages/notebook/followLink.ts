/** Links in text cells: to headings of this notebook, and to other notebooks of the project. */

import { t } from "@lingui/core/macro";
import type { QueryClient } from "@tanstack/react-query";
import { cellMap, cellsOf, headOf } from "../../model/cells";
import { headingsOf, slugOf } from "../../model/headings";
import { notebooksQuery } from "../../wire/queries";
import { goToHeading } from "./goToHeading";
import { notebookQuery } from "./notebookQuery";
import type { NotebookSession } from "./session";

interface Ways {
  readonly queries: QueryClient;
  readonly navigate: (address: string) => void;
  readonly failed: (text: string) => void;
}

/** Follow `#heading`, `/n/ID` or `Other.ipynb`, each with a heading behind `#` or without. */
export async function followLink(session: NotebookSession, href: string, ways: Ways): Promise<void> {
  const [path = "", hash = ""] = href.split("#", 2);
  const heading = decoded(hash);
  if (path === "" || path === `/n/${session.notebook}`) {
    if (goToSlug(session, heading)) history.replaceState(history.state, "", `#${encodeURIComponent(slugOf(heading))}`);
    else ways.failed(t`This notebook has no heading “${heading}”.`);
    return;
  }
  const behind = hash === "" ? "" : `#${hash}`;
  if (path.startsWith("/n/")) {
    ways.navigate(path + behind);
    return;
  }
  const name = decoded(path.replace(/^.*\//, "")).replace(/\.ipynb$/i, "");
  const here = await ways.queries.query(notebookQuery(session.notebook));
  const others = await ways.queries.query(notebooksQuery(here.project));
  const found = others.find((each) => each.name === name) ?? others.find((each) => sameName(each.name, name));
  if (found === undefined) ways.failed(t`This project has no notebook “${name}”. It may have another name now.`);
  else ways.navigate(`/n/${found.id}${behind}`);
}

/** Go to the heading that the page's address names; false while it is not there. */
export function goToSlug(session: NotebookSession, name: string): boolean {
  const wanted = slugOf(name);
  const { doc, source } = session.cells.get();
  for (const id of source.order()) {
    const cell = cellMap(cellsOf(doc), id);
    const head = cell === null ? null : headOf(id, cell);
    if (head?.type !== "markdown") continue;
    const nth = headingsOf(head.source.toJSON()).findIndex(({ text }) => slugOf(text) === wanted);
    if (nth < 0) continue;
    goToHeading(session, { cell: id, nth });
    return true;
  }
  return false;
}

const sameName = (one: string, other: string): boolean => slugOf(one) === slugOf(other);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
