// Shapes that the scripts share; read by the checker alone.

/** The words of the loader in one language, from `shared/texts/element`. */
interface Words {
  /** The tag of the language for `lang`. */
  lang: string;
  title: string;
  needs: string[];
  loading: string;
  slow: string;
  failed: string;
  advice: string;
  retry: string;
  open: string;
  /** Above what is to be told in an enquiry. */
  report: string;
  /** The widget has stopped in the middle. */
  died: string;
}

/** What runs in an element: made by the loader, handed to `begin`. A loader of yesterday leaves out what is optional. */
interface Run {
  element: HTMLElement;
  language: string;
  /** The name for a frame. */
  title: string;
  /** The titles of all languages. */
  titles: Words[];
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
interface First {
  form: HTMLFormElement;
  /** What is shown while it waits, and goes with it. */
  place: Element;
  pressed?: [string, string];
}

/** What the widget gives whoever has mounted it. */
interface Mounted {
  unmount(): void;
  /** Takes over what a form drawn by the server holds, as JSON. */
  take(handed: string): void;
  /** Does what a button of such a form says. */
  press(name: string, value: string): void;
}

interface Options {
  language: string;
  api: string;
  assets: string;
  texts: Record<string, string>;
  standalone: boolean;
  office: Promise<Response>;
  start: string;
  place: string;
  tell(name: string, value: string): void;
}

/** The glue that wasm-bindgen makes. */
interface Glue {
  default(module: WebAssembly.Module): Promise<void>;
  mount(root: Element, options: Options): Mounted;
}

interface Element {
  moveBefore?(node: Node, child: Node | null): void;
}
