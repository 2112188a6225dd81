export { CellOutputs } from "./CellOutputs";
export { OutputFrame } from "./OutputFrame";
export { MERMAID } from "./mime";
export type { ErrorOutput, Output, OutputPlace, StreamSource } from "./types";
