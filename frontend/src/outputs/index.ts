export { CellOutputs } from "./CellOutputs";
export type { Output, OutputPlace, StreamSource } from "./types";
