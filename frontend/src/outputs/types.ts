/** What the outputs feature needs from the page that places it. */
import type { ReactElement } from "react";
import type { StreamStore } from "../wire/streams";
import type { components } from "../wire/types";

type Schemas = components["schemas"];

export type StreamOutput = Schemas["StreamOutput"];
export type DisplayOutput = Schemas["DisplayOutput"];
export type ErrorOutput = Schemas["ErrorOutput"];
export type UnknownOutput = Schemas["UnknownOutput"];
export type Output = StreamOutput | DisplayOutput | ErrorOutput | UnknownOutput;
export type Value = Schemas["Inline"] | Schemas["BlobRef"];

/** The text of growing streams, as the socket brings it. */
export type StreamSource = Pick<StreamStore, "view" | "subscribe" | "expect" | "has" | "finish" | "ends">;

/** Where the outputs stand: for addresses, titles and the names of links. */
export interface OutputPlace {
  notebook: string;
  /** How the cell is called in titles: "cell 3". */
  label: string;
  streams: StreamSource;
  /** Draws a table from its stored form; `id` is its output's, `fallback` what shows if that cannot be read. */
  table: (value: unknown, id: string, fallback: ReactElement) => ReactElement;
}
