export { CellOutputs } from "./CellOutputs";
export type { ErrorOutput, Output, OutputPlace, StreamSource } from "./types";
