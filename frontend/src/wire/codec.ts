/** Frames of the notebook socket: one channel byte, then a payload. Knows bytes, not documents. */

import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { parseServerMessage, type ClientMessage, type ServerMessage } from "./messages";

export const Channel = { source: 0, runtime: 1, comments: 2, awareness: 3, stream: 4, control: 5 } as const;

export type SyncChannel = typeof Channel.source | typeof Channel.runtime | typeof Channel.comments;

/** The parts of a y-protocols sync message. */
export const Sync = { step1: 0, step2: 1, update: 2 } as const;
export type SyncStep = (typeof Sync)[keyof typeof Sync];

export const MAX_FRAME_BYTES = 1024 * 1024;

export type Frame =
  | { readonly kind: "sync"; readonly channel: SyncChannel; readonly step: SyncStep; readonly data: Uint8Array }
  | { readonly kind: "awareness"; readonly update: Uint8Array }
  | { readonly kind: "stream"; readonly id: string; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "control"; readonly message: ServerMessage };

const MESSAGE_SYNC = 0;
const MESSAGE_AWARENESS = 1;

export function encodeSync(channel: SyncChannel, step: SyncStep, data: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeUint8(encoder, channel);
  encoding.writeVarUint(encoder, MESSAGE_SYNC);
  encoding.writeVarUint(encoder, step);
  encoding.writeVarUint8Array(encoder, data);
  return encoding.toUint8Array(encoder);
}

export function encodeAwareness(update: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeUint8(encoder, Channel.awareness);
  encoding.writeVarUint(encoder, MESSAGE_AWARENESS);
  encoding.writeVarUint8Array(encoder, update);
  return encoding.toUint8Array(encoder);
}

export function encodeControl(message: ClientMessage): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(message));
  const frame = new Uint8Array(json.length + 1);
  frame[0] = Channel.control;
  frame.set(json, 1);
  return frame;
}

/** Read a frame from the server; null for one that this version does not know or cannot read. */
export function decodeFrame(frame: Uint8Array): Frame | null {
  const decoder = decoding.createDecoder(frame);
  try {
    const channel = decoding.readUint8(decoder);
    switch (channel) {
      case Channel.source:
      case Channel.runtime:
      case Channel.comments: {
        if (decoding.readVarUint(decoder) !== MESSAGE_SYNC) return null;
        const step = decoding.readVarUint(decoder);
        if (step !== Sync.step1 && step !== Sync.step2 && step !== Sync.update) return null;
        return { kind: "sync", channel, step, data: decoding.readVarUint8Array(decoder) };
      }
      case Channel.awareness:
        if (decoding.readVarUint(decoder) !== MESSAGE_AWARENESS) return null;
        return { kind: "awareness", update: decoding.readVarUint8Array(decoder) };
      case Channel.stream: {
        const id = decoding.readVarString(decoder);
        const offset = decoding.readVarUint(decoder);
        return { kind: "stream", id, offset, bytes: decoding.readTailAsUint8Array(decoder) };
      }
      case Channel.control: {
        const message = parseServerMessage(new TextDecoder().decode(decoding.readTailAsUint8Array(decoder)));
        return message === null ? null : { kind: "control", message };
      }
      default:
        return null;
    }
  } catch {
    return null; // cut short or not a frame at all: the sync on reconnecting repairs what it held
  }
}
