import { type ReactNode, useEffect, useRef } from 'react';

import type { StageReport } from '@/api/types';
import { formatBytes } from '@/lib/format';
import { useStore } from '@/lib/store';
import { preferences } from '@/settings/preferences';

import classes from './Output.module.css';
import { type Chunk, decode, MAX_OUTPUT } from './runs';
import type { ShownRun } from './useShownRun';

/** This close (px) to the end, the output keeps scrolling by itself. */
const NEAR = 24;

/** What the program and its compiler wrote. It scrolls along, unless one has scrolled up. */
export function OutputText({ run }: { run: ShownRun }) {
  const { fontSize } = useStore(preferences);
  const scroll = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  useEffect(() => {
    if (follow.current && scroll.current) scroll.current.scrollTop = scroll.current.scrollHeight;
  }, [run.chunks, run.detail]);
  const onScroll = () => {
    const box = scroll.current;
    if (box) follow.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  };
  const { compile, run: stage } = run.detail ?? {};
  const limit = run.head.limits.output_bytes;
  return (
    <div
      ref={scroll}
      className={classes.scroll}
      style={{ fontSize: fontSize - 1 }}
      onScroll={onScroll}
      role="region"
      aria-label="Program output"
      // A scrolling region must be reachable, or the keyboard cannot scroll it.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      data-testid="output"
    >
      {compile && <Compiler report={compile} />}
      {run.trimmed && <Note>Only the last {formatBytes(MAX_OUTPUT)} are shown.</Note>}
      <pre className={classes.text}>
        {run.chunks.map((chunk, index) => (
          <Stretch key={index} chunk={chunk} />
        ))}
      </pre>
      {stage?.truncated && <Note>The output was cut at its limit of {formatBytes(limit)}.</Note>}
      {run.status === 'finished' && run.chunks.length === 0 && stage && <Note>The program wrote nothing.</Note>}
    </div>
  );
}

function Stretch({ chunk: { stream, text } }: { chunk: Chunk }) {
  return <span data-stream={stream}>{text}</span>;
}

function Compiler({ report }: { report: StageReport }) {
  const said = decode(report.stdout, report.stdout_encoding) + decode(report.stderr, report.stderr_encoding);
  if (said.trim() === '') return null;
  return (
    <>
      <Note>Compiler</Note>
      <pre className={classes.text} data-testid="compile-output">
        <span data-stream={report.exit_code === 0 ? 'stdout' : 'stderr'}>{said}</span>
      </pre>
      <br />
    </>
  );
}

function Note({ children }: { children: ReactNode }) {
  return <p className={classes.note}>{children}</p>;
}
