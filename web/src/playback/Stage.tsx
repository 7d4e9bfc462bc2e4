import { Center, Text } from '@mantine/core';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';

import { useStore } from '@/lib/store';
import { preferences } from '@/settings/preferences';
import { listFiles } from '@/workspace/files/files';

import classes from './Playback.module.css';
import type { Player } from './player';
import { readFile } from './tape';
import { TextView } from './textView';

/** The files as they were: the one that was edited, unless another was chosen. */
export function Stage({ player }: { player: Player }) {
  useStore(player.place);
  const { doc, touched } = player.tape;
  const files = listFiles(doc);
  const [chosen, setChosen] = useState<string | null>(null);
  const followed = files.find(({ id }) => id === (chosen ?? touched?.fileId)) ?? files[0] ?? null;
  const author = touched?.author ? (player.recording.people.get(touched.author) ?? null) : null;
  return (
    <section className={classes.stage} aria-label="Files">
      <div className={classes.tabs} role="tablist" aria-label="File shown">
        {files.map(({ id, path }) => (
          <button
            key={id}
            type="button"
            role="tab"
            aria-selected={id === followed?.id}
            className={classes.tab}
            onClick={() => setChosen(id === chosen ? null : id)}
          >
            {path}
          </button>
        ))}
        {chosen !== null && (
          <button type="button" className={classes.follow} onClick={() => setChosen(null)}>
            Follow the edits
          </button>
        )}
        {author && (
          <Text span size="xs" className={classes.author} data-testid="author">
            <span className={classes.dot} style={{ background: author.color }} aria-hidden />
            {author.display_name}
          </Text>
        )}
      </div>
      {followed ? (
        <FileText
          path={followed.path}
          text={readFile(doc, followed.id)}
          range={touched?.fileId === followed.id ? { from: touched.from, to: touched.to } : null}
          color={author?.color ?? null}
        />
      ) : (
        <Center flex={1}>
          <Text c="dimmed">No files at this moment.</Text>
        </Center>
      )}
    </section>
  );
}

interface FileTextProps {
  path: string;
  text: string;
  /** What was changed last. */
  range: { from: number; to: number } | null;
  color: string | null;
}

function FileText({ path, text, range, color }: FileTextProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<TextView | null>(null);
  const { fontSize, tabSize } = useStore(preferences);
  const dark = useComputedColorScheme('light') === 'dark';
  useEffect(() => {
    if (!host.current) return;
    const opened = new TextView(host.current);
    view.current = opened;
    return () => {
      view.current = null;
      opened.destroy();
    };
  }, []);
  useEffect(() => view.current?.setPath(path), [path]);
  useEffect(() => view.current?.setAppearance({ fontSize, tabSize, dark }), [fontSize, tabSize, dark]);
  const { from, to } = range ?? { from: -1, to: -1 };
  useEffect(() => view.current?.show(text, from < 0 ? null : { from, to }, color), [text, from, to, color, path]);
  return <div ref={host} className={classes.editor} />;
}
