import { LanguageSupport, StreamLanguage, type StreamParser } from '@codemirror/language';
import type { Extension } from '@codemirror/state';

import { extension } from '../files/path';

type Loader = () => Promise<Extension>;

const javascript =
  (options: { jsx?: boolean; typescript?: boolean }): Loader =>
  async () =>
    (await import('@codemirror/lang-javascript')).javascript(options);
/** Languages whose mode reads line by line: good enough to colour them. */
const simple =
  (parser: () => Promise<StreamParser<unknown>>): Loader =>
  async () =>
    new LanguageSupport(StreamLanguage.define(await parser()));
const shell = simple(async () => (await import('@codemirror/legacy-modes/mode/shell')).shell);
const cpp: Loader = async () => (await import('@codemirror/lang-cpp')).cpp();

const LOADERS: Record<string, Loader> = {
  js: javascript({ jsx: true }),
  mjs: javascript({}),
  cjs: javascript({}),
  ts: javascript({ typescript: true }),
  tsx: javascript({ jsx: true, typescript: true }),
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
  sh: shell,
  bash: shell,
  rb: simple(async () => (await import('@codemirror/legacy-modes/mode/ruby')).ruby),
  php: async () => (await import('@codemirror/lang-php')).php(),
  pl: simple(async () => (await import('@codemirror/legacy-modes/mode/perl')).perl),
  pm: simple(async () => (await import('@codemirror/legacy-modes/mode/perl')).perl),
  lua: simple(async () => (await import('@codemirror/legacy-modes/mode/lua')).lua),
  sql: simple(async () => (await import('@codemirror/legacy-modes/mode/sql')).sqlite),
};

/** The editor's mode for a file, by its name; plain text when there is none. */
export async function languageMode(path: string): Promise<Extension> {
  return (await LOADERS[extension(path)]?.()) ?? [];
}
