import { Button, TextInput } from '@mantine/core';
import { type KeyboardEvent, type SubmitEvent, useEffect, useRef, useState } from 'react';

import { Attachment } from './attachment';
import { pieces } from './bytes';
import { KeyBar } from './KeyBar';
import classes from './Live.module.css';
import { warnRefused } from './refused';

/** The input of a running program without a terminal, line by line. */
export function InputLine({ runId }: { runId: string }) {
  const [line, setLine] = useState('');
  const attachment = useRef<Attachment>(null);
  useEffect(() => {
    // The output comes with the session's events.
    const listener = { onOutput: () => undefined, onRestart: () => undefined, onRefused: warnRefused };
    const opened = new Attachment(runId, listener);
    attachment.current = opened;
    return () => opened.destroy();
  }, [runId]);
  const send = (text: string) => {
    for (const data of pieces(text)) attachment.current?.send({ type: 'stdin', data });
  };
  const interrupt = () => attachment.current?.send({ type: 'signal', signal: 'SIGINT' });
  const end = () => attachment.current?.send({ type: 'stdin_end' });
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    send(`${line}\n`);
    setLine('');
  };
  const onKey = (event: KeyboardEvent<HTMLInputElement>) => {
    if (!event.ctrlKey || event.altKey || event.metaKey) return;
    const { selectionStart, selectionEnd } = event.currentTarget;
    if (event.key === 'c' && selectionStart === selectionEnd) interrupt();
    else if (event.key === 'd') {
      if (line !== '') send(line);
      setLine('');
      end();
    } else return;
    event.preventDefault();
  };
  return (
    <KeyBar onInterrupt={interrupt} onEnd={end}>
      <form onSubmit={onSubmit} className={classes.line}>
        <TextInput
          aria-label="Line for the program"
          placeholder="Line for the program"
          size="xs"
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          enterKeyHint="send"
          value={line}
          onChange={(event) => setLine(event.currentTarget.value)}
          onKeyDown={onKey}
          flex={1}
        />
        <Button type="submit" size="compact-sm">
          Send
        </Button>
      </form>
    </KeyBar>
  );
}
