// What the scripts hand to each other; read by the checker alone.

import type { ElementWords } from './bundle.js';

/** What runs in an element: made by the loader, handed to `begin`. A loader of yesterday leaves out what is optional. */
export interface Run {
  element: HTMLElement;
  language: string;
  /** The name for a frame. */
  title: string;
  /** The titles of all languages. */
  titles: ElementWords[];
  /** Our own page, whose address and history are ours too. */
  standalone: boolean;
  end: AbortController;
  signal: AbortSignal;
  /** Under which name it keeps what is entered apart from others on the page. */
  place?: string;
  /** Our page in a frame, made already, and whether it has answered. */
  frame?: HTMLIFrameElement;
  answers?: boolean;
  /** The first step as the server has drawn it, asked for already. */
  drawn?: Promise<Element | undefined>;
  /** The same, once it stands in the element. */
  first?: Promise<First | undefined>;
  fail: (error: unknown, reason?: string) => void;
  begun?: boolean;
  slow?: number;
  tell?: (name: string, value: string) => void;
  paint?: () => void;
  unmount?: () => void;
}

/** The first step as a form, and what was pressed in it before there was anybody to answer. */
export interface First {
  form: HTMLFormElement;
  /** What is shown while it waits, and goes with it. */
  place: Element;
  pressed?: string;
}
