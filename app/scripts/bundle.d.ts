// What the bundle gives its scripts: words out of the catalogues, the glue beside the module, and what browsers have that TypeScript's
// own description of them lacks.

/** The element's own words in one language (`%WORDS%`, of `shared/texts/element`). */
export interface ElementWords {
  /** What the `lang` attribute of these words says. */
  lang: string;
  title: string;
  needs: string[];
  loading: string;
  slow: string;
  failed: string;
  advice: string;
  retry: string;
  open: string;
  /** The widget has stopped in the middle. */
  died: string;
}

/** What the self-test says of one matter, by grade. */
export interface FindingWords {
  good?: string;
  caution?: string;
  bad?: string;
  unknown?: string;
  why?: string;
  cure?: string;
  /** What to do where the browser cannot tell. */
  elsewhere?: string;
}

/** How good or bad something is for the element. */
export type Grade = 'bad' | 'caution' | 'good' | 'unknown';

/** The self-test's words in one language (`%SELF_TEST_WORDS%`, of `shared/texts/self-test`). */
export interface SelfTestWords {
  lang: string;
  title: string;
  about: string;
  running: string;
  good: string;
  bad: string;
  why: string;
  cure: string;
  copy: string;
  copied: string;
  selected: string;
  close: string;
  more: string;
  text: string;
  grades: Record<Grade, string>;
  findings: Record<string, FindingWords>;
}

/** What `mount` wants to know (`app/src/lib.rs`). */
export interface MountOptions {
  /** The first language. */
  language: string;
  /** The API's address. */
  api: string;
  /** The address of the bundle's files. */
  assets: string;
  /** Languages beside Japanese, and the files of their words (`%TEXTS%`). */
  texts: Record<string, string>;
  /** Whether this is our own page: address and history are ours. */
  standalone: boolean;
  /** The answer of `api/v1/office`, asked for already. */
  office: Promise<Response>;
  /** `check`, `receipt`, or nothing for the whole way. */
  start: string;
  /** Under which name it keeps what is entered apart from others on the page; empty for the first. */
  place: string;
  /** Told what the page around the element may know. */
  tell: (name: string, value: string) => void;
}

/** The module beside the wasm (`%GLUE%`, made by wasm-bindgen). */
export interface Glue {
  /** Begins with a compiled module. */
  default: (module: WebAssembly.Module) => Promise<void>;
  /** Puts the widget into a place. */
  mount: (place: Element, options: MountOptions) => Mounted;
}

/** What the widget gives whoever has mounted it. */
export interface Mounted {
  /** Takes it out again. */
  unmount(): void;
  /** Takes over what a form drawn by the server holds, as JSON. */
  take(handed: string): void;
  /** Does what a button of such a form says, `go next` or `language en`. */
  press(pressed: string): void;
}

/** What a page may do, by its permissions policy. */
interface FeaturePolicy {
  allowsFeature(name: string): boolean;
}

declare global {
  interface Document {
    /** The standard's name. */
    readonly permissionsPolicy?: FeaturePolicy;
    /** Chromium's. */
    readonly featurePolicy?: FeaturePolicy;
  }
  interface Window {
    /** Where the browser knows Trusted Types. */
    readonly trustedTypes?: object;
  }
}
