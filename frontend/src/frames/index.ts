export { FRAME_MIME } from "./bundle";
export { FrameOutput } from "./FrameOutput";
