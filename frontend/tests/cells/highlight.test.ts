// @vitest-environment jsdom
import { EditorView } from "@codemirror/view";
import { afterEach, expect, it } from "vitest";
import * as Y from "yjs";
import { editorState, writable, writableAs } from "../../src/cells/extensions";
import { staticLines } from "../../src/cells/highlight";

const CODE = 'import math\n\ndef f(x: int) -> int:\n\t"""Text."""\n\treturn x + 0x1F  # why';
let view: EditorView | null = null;

afterEach(() => {
  view?.destroy();
  view = null;
});

function editor(text: string, canEdit = true): EditorView {
  const doc = new Y.Doc();
  const source = doc.getText("source");
  source.insert(0, text);
  view = new EditorView({
    state: editorState({
      text: source,
      language: "code",
      undo: new Y.UndoManager(source),
      canEdit,
      neighbours: { leave: () => false },
      look: { display: [], keys: [] },
      more: [],
    }),
    parent: document.body,
  });
  return view;
}

const drawn = (lines: Iterable<Element>): string[] =>
  [...lines].map((line) =>
    [...line.childNodes]
      .map((node) =>
        node instanceof Element && node.className !== "" ? `${node.className}:${node.textContent}` : node.textContent,
      )
      .join(""),
  );

it("draws static lines as the editor draws them", () => {
  const box = document.createElement("div");
  box.append(staticLines(CODE, "code"));
  const lines = editor(CODE).contentDOM.querySelectorAll(".cm-line");
  expect(box.children.length).toBe(lines.length);
  expect(drawn(box.children).map((line) => line.replace(/tok-\w+:/g, ""))).toEqual(
    [...lines].map((line) => line.textContent),
  );
  expect(drawn(box.children).slice(0, 3)).toEqual(drawn(lines).slice(0, 3));
});

it("gives every empty line its height", () => {
  const box = document.createElement("div");
  box.append(staticLines("a\n\n", "markdown"));
  expect(box.children.length).toBe(3);
  expect(box.children[1]?.firstElementChild?.tagName).toBe("BR");
});

it("can be written in or not, as rights come and go", () => {
  const editing = editor("x");
  expect(editing.contentDOM.getAttribute("contenteditable")).toBe("true");
  editing.dispatch({ effects: writable.reconfigure(writableAs(false)) });
  expect(editing.contentDOM.getAttribute("contenteditable")).toBe("false");
  expect(editing.state.readOnly).toBe(true);
});
