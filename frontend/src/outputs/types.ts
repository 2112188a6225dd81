/** What the outputs feature needs from the page that places it. */
import type { ReactElement } from "react";
import type { Readable } from "../wire/store";
import type { StreamStore } from "../wire/streams";
import type { components } from "../wire/types";
import type { WidgetStore } from "../wire/widgets";

type Schemas = components["schemas"];

export type StreamOutput = Schemas["StreamOutput"];
export type DisplayOutput = Schemas["DisplayOutput"];
export type ErrorOutput = Schemas["ErrorOutput"];
export type UnknownOutput = Schemas["UnknownOutput"];
export type Output = StreamOutput | DisplayOutput | ErrorOutput | UnknownOutput;
export type Value = Schemas["Inline"] | Schemas["BlobRef"];

/** The text of growing streams, as the socket brings it. */
export type StreamSource = Pick<StreamStore, "view" | "subscribe" | "expect" | "has" | "finish" | "ends">;

/** The widgets of the notebook, as the server knows them. */
export type WidgetSource = Pick<WidgetStore, "models" | "isLoaded" | "watch" | "move">;

/** Where the outputs stand: for addresses, titles and the names of links. */
export interface OutputPlace {
  notebook: string;
  /** How the cell is called in titles: "cell 3". */
  label: string;
  streams: StreamSource;
  widgets: WidgetSource;
  /** Whether this person may move widgets now. */
  movable: Readable<boolean>;
  /** The code of a widget library of the project's environment; null where it has none of that name. */
  widgetLibrary: (name: string) => Promise<string | null>;
  /** Draws a table from its stored form; `id` is its output's, `fallback` what shows if that cannot be read. */
  table: (value: unknown, id: string, fallback: ReactElement) => ReactElement;
  /** Draws what a cell of SQL tells of its run. */
  sql: (value: unknown) => ReactElement;
}
