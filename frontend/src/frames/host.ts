/** What the notebook page does for tables. */
import type { Readable } from "../wire/store";
import type { Schemas } from "../wire/http";

export type FrameQuestion = Schemas["FrameQuestion"];
export type FrameAnswer = Schemas["FrameAnswer"];

/** Asks the kernel about one table; rejects with an `ApiError` whose reason is fit to be shown. */
export type Ask = (question: FrameQuestion, signal?: AbortSignal) => Promise<FrameAnswer>;

export interface FrameHost {
  readonly rights: Readable<ReadonlySet<string>>;
  /** Asks about a variable, or with `@` before it about what an output showed. */
  ask: (table: string, question: FrameQuestion, signal?: AbortSignal) => Promise<FrameAnswer>;
  /** The address of a file with a view. */
  exportAddress: (table: string, query: URLSearchParams) => string;
  /** Puts code into a new cell below the table's. */
  insertCode: (code: string) => void;
  /** The views that somebody shared with everyone at this cell or of variables, by the table's name, as JSON. */
  readonly shared: Readable<string | null>;
  share: (views: string | null) => void;
}
