import type { Extension } from '@codemirror/state';

import { extension } from '../files/path';

type Loader = () => Promise<Extension>;

const javascript =
  (options: { jsx?: boolean; typescript?: boolean }): Loader =>
  async () =>
    (await import('@codemirror/lang-javascript')).javascript(options);
const cpp: Loader = async () => (await import('@codemirror/lang-cpp')).cpp();

const LOADERS: Record<string, Loader> = {
  js: javascript({ jsx: true }),
  mjs: javascript({}),
  cjs: javascript({}),
  ts: javascript({ typescript: true }),
  py: async () => (await import('@codemirror/lang-python')).python(),
  java: async () => (await import('@codemirror/lang-java')).java(),
  go: async () => (await import('@codemirror/lang-go')).go(),
  rs: async () => (await import('@codemirror/lang-rust')).rust(),
  c: cpp,
  h: cpp,
  cc: cpp,
  cpp,
  cxx: cpp,
  hpp: cpp,
};

/** The editor's mode for a file, by its name; plain text when there is none. */
export async function languageMode(path: string): Promise<Extension> {
  return (await LOADERS[extension(path)]?.()) ?? [];
}
