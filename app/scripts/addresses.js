// Where we come from: the widget's files, and two folders above them our own pages.

export const HERE = new URL('.', import.meta.url);
export const HOME = new URL('../../', HERE);
export const IS_OURS = HERE.origin === location.origin;
