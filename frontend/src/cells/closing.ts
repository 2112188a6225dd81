/** Brackets and quotes that close themselves while somebody writes. */

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { Prec, type Extension } from "@codemirror/state";
import { keymap } from "@codemirror/view";

export const closing: Extension = [closeBrackets(), Prec.high(keymap.of(closeBracketsKeymap))];
