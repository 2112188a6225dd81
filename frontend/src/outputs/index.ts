export { CellOutputs, Html, OutputFrame } from "./CellOutputs";
export { blobUrl } from "./fetching";
export { MERMAID } from "./mime";
export type { ErrorOutput, Output, OutputPlace, StreamSource } from "./types";
