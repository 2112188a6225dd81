/** What a name is and how it is called, as boxes beside the code. Text of packages is put in as text alone. */

import type { Schemas } from "../wire/http";

export function explanationBox(about: Schemas["Explanation"]): HTMLElement | null {
  if (about.name == null) return null;
  const box = element("div", "code-about");
  for (const signature of about.signatures ?? []) box.append(element("code", "code-about-signature", signature));
  if ((about.signatures ?? []).length === 0)
    box.append(
      element("code", "code-about-signature", `${about.kind === undefined ? "" : `${about.kind} `}${about.name}`),
    );
  const text = (about.docstring ?? "").trim();
  if (text !== "") box.append(element("p", "code-about-text", text));
  return box;
}

export function signatureBox({ signatures }: Schemas["Signatures"]): HTMLElement | null {
  const [call] = signatures ?? [];
  if (call === undefined) return null;
  const box = element("div", "code-about code-signature");
  const line = element("code", "code-about-signature");
  line.append(`${call.name}(`);
  call.parameters.forEach((parameter, index) => {
    if (index > 0) line.append(", ");
    line.append(index === call.index ? element("strong", "code-about-now", parameter) : parameter);
  });
  line.append(")");
  box.append(line);
  const [first = ""] = call.docstring.trim().split(/\n\s*\n/);
  if (first !== "") box.append(element("p", "code-about-text", first));
  return box;
}

function element(tag: string, name: string, text?: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}
