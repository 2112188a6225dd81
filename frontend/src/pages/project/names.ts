/** Names for notebooks that nobody has named yet. */
import { t } from "@lingui/core/macro";
import type { NotebookSummary } from "../../wire/http";

/** "Untitled", or "Untitled 2" and so on where the name is taken. */
export function untitled(notebooks: readonly NotebookSummary[]): string {
  const taken = new Set(notebooks.map((notebook) => notebook.name));
  if (!taken.has("Untitled")) return t`Untitled`;
  let number = 2;
  while (taken.has(`Untitled ${number}`)) number += 1;
  return t`Untitled ${number}`;
}
