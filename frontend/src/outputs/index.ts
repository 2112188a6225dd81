export { CellOutputs, OutputFrame } from "./CellOutputs";
export { MERMAID } from "./mime";
export type { ErrorOutput, Output, OutputPlace, StreamSource } from "./types";
