export { FRAME_MIME } from "./bundle";
export { FrameOutput } from "./FrameOutput";
export type { FrameHost } from "./host";
export { VariableWindow } from "./VariableWindow";
